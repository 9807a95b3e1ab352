# syntax=docker/dockerfile:1
# An API node. Build from the root of the repository:
#   docker build -f deploy/docker/api.Dockerfile -t parley-api .

FROM golang:1.26-alpine AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOWORK=off GOFLAGS=-mod=readonly
# Dependencies first: this layer changes only with them.
COPY pkg/go.mod pkg/go.sum pkg/
COPY api/go.mod api/go.sum api/
RUN --mount=type=cache,target=/go/pkg/mod cd api && go mod download
COPY pkg pkg
COPY api api
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    cd api && go build -trimpath -ldflags='-s -w' -o /out/parley-api ./cmd/parley-api
RUN mkdir -p /out/data/media

# Alpine and not an empty image, for the sake of the health check's wget; it has the certificates that TLS needs.
FROM alpine:3.22
COPY --from=build /out/parley-api /usr/local/bin/parley-api
# Where uploads go if no Cloudinary account is set; a volume mounted here inherits the owner.
COPY --from=build --chown=10001:10001 /out/data /data
ENV PARLEY_MEDIA_DIR=/data/media
USER 10001:10001
EXPOSE 8081 9081
STOPSIGNAL SIGTERM
# Alive, not ready: a node that waits for its database is not mended by a restart.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9081/livez"]
ENTRYPOINT ["/usr/local/bin/parley-api"]
