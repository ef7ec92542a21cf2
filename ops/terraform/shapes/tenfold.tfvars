# Ten times the visits, for accessories-shop.
shape = {
  cpu            = 512
  memory         = 1024
  min            = 3
  max            = 8
  database_class = "db.t4g.small"
  # Four fifths of what a database of 2 GB takes.
  database_connections = 160
}
