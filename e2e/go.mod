module github.com/parley-chat/parley/e2e

go 1.26.0

require (
	github.com/parley-chat/parley/api v0.0.0
	github.com/parley-chat/parley/gateway v0.0.0
	github.com/parley-chat/parley/loadtest v0.0.0
	github.com/parley-chat/parley/pkg v0.0.0
	github.com/parley-chat/parley/standalone v0.0.0
)

require (
	github.com/FerretDB/FerretDB v1.24.2 // indirect
	github.com/compose-spec/compose-go/v2 v2.16.2 // indirect
	github.com/gorilla/websocket v1.5.3 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	go.mongodb.org/mongo-driver/v2 v2.10.0 // indirect
)

replace github.com/parley-chat/parley/api => ../api

replace github.com/parley-chat/parley/gateway => ../gateway

replace github.com/parley-chat/parley/pkg => ../pkg

replace github.com/parley-chat/parley/standalone => ../standalone

replace github.com/parley-chat/parley/loadtest => ../loadtest
