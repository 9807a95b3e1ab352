module github.com/parley-chat/parley/standalone

go 1.26.0

require (
	github.com/parley-chat/parley/api v0.0.0
	github.com/parley-chat/parley/gateway v0.0.0
	github.com/parley-chat/parley/pkg v0.0.0
)

require (
	github.com/prometheus/client_golang v1.25.0 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	golang.org/x/sync v0.24.0 // indirect
)

replace github.com/parley-chat/parley/api => ../api

replace github.com/parley-chat/parley/gateway => ../gateway

replace github.com/parley-chat/parley/pkg => ../pkg
