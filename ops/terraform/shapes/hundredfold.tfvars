# A hundred times the visits, for accessories-shop.
shape = {
  cpu                  = 1024
  memory               = 2048
  min                  = 6
  max                  = 16
  nat                  = "gateway"
  database_class       = "db.t4g.medium"
  database_connections = 320
  database_gb          = 100
  cache_class          = "cache.t4g.small"
  waf                  = true
}
