# syntax=docker/dockerfile:1
# nginx with the web client in it. Build from the root of the repository:
#   docker build -f deploy/docker/nginx.Dockerfile -t parley-nginx .

FROM node:22-alpine AS web
WORKDIR /src
COPY web/package.json web/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM nginx:1.29-alpine
COPY nginx.conf /etc/nginx/nginx.conf
COPY --from=web /src/dist /usr/share/nginx/html
# As the user that it will run as; nginx.conf writes to /tmp only.
USER 101:101
RUN nginx -t
EXPOSE 8080
# Its way of stopping gently: sockets have until worker_shutdown_timeout.
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/healthz"]
