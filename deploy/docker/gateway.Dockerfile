# syntax=docker/dockerfile:1
# A gateway node. Build from the root of the repository:
#   docker build -f deploy/docker/gateway.Dockerfile -t parley-gateway .

FROM golang:1.26-alpine AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOWORK=off GOFLAGS=-mod=readonly
# Dependencies first: this layer changes only with them.
COPY pkg/go.mod pkg/go.sum pkg/
COPY gateway/go.mod gateway/go.sum gateway/
RUN --mount=type=cache,target=/go/pkg/mod cd gateway && go mod download
COPY pkg pkg
COPY gateway gateway
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    cd gateway && go build -trimpath -ldflags='-s -w' -o /out/parley-gateway ./cmd/parley-gateway

# Alpine and not an empty image, for the sake of the health check's wget; it has the certificates that TLS needs.
FROM alpine:3.22
COPY --from=build /out/parley-gateway /usr/local/bin/parley-gateway
USER 10001:10001
EXPOSE 8082 9082
STOPSIGNAL SIGTERM
# Alive, not ready: a node that waits for its database is not mended by a restart.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9082/livez"]
ENTRYPOINT ["/usr/local/bin/parley-gateway"]
