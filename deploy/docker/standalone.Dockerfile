# syntax=docker/dockerfile:1
# Everything in one process, data under /data. Build from the root of the repository, and run:
#   docker build -f deploy/docker/standalone.Dockerfile -t parley .
#   docker run -p 8080:8080 -v parley:/data parley

FROM node:22-alpine AS web
WORKDIR /src
COPY web/package.json web/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM golang:1.26-alpine AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOWORK=off GOFLAGS=-mod=readonly
COPY pkg/go.mod pkg/go.sum pkg/
COPY api/go.mod api/go.sum api/
COPY gateway/go.mod gateway/go.sum gateway/
COPY standalone/go.mod standalone/go.sum standalone/
RUN --mount=type=cache,target=/go/pkg/mod cd standalone && go mod download
COPY pkg pkg
COPY api api
COPY gateway gateway
COPY standalone standalone
COPY --from=web /src/dist standalone/webdist
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    cd standalone && go build -trimpath -ldflags='-s -w' -o /out/parley ./cmd/parley && mkdir /out/data

FROM alpine:3.22
COPY --from=build /out/parley /usr/local/bin/parley
COPY --from=build --chown=10001:10001 /out/data /data
ENV PARLEY_DATA_DIR=/data PARLEY_ADDR=:8080 PARLEY_OPS_ADDR=:9080
VOLUME /data
USER 10001:10001
EXPOSE 8080 9080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9080/livez"]
ENTRYPOINT ["/usr/local/bin/parley"]
