# The smallest shop that is still sound, for watch-shop: one machine, replaced by itself when it fails, one database
# with backups to the minute, logins in the database. Deployments still exchange machines without a gap.
shape = {
  min      = 1
  max      = 2
  multi_az = false
  cache    = "none"
}
