# Values of nobody, for the checks. The policies look for the passwords by their words.
account_id                = "123456789012"
domain                    = "shop.example.org"
zone_id                   = "Z0123456789ABCDEFGHIJ"
cloudfront_prefix_list_id = "pl-3b927c52"
alarm_email               = "operator@example.org"
state_bucket              = "mercer-state-123456789012"
repository                = "example/mercer"
database_password         = "testonlytestonlytestonly"
cache_password            = "testonlytestonlytestonly"
origin_secrets            = ["test-only-test-only"]
