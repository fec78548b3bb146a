# Two stages: build with a compiler for the one native module, run without it.
# BASE is any Debian-like image with Node ≥ 20.19 and npm.
ARG BASE=node:26-bookworm-slim

FROM ${BASE} AS build
USER root
WORKDIR /app
RUN command -v g++ >/dev/null && command -v make >/dev/null && command -v python3 >/dev/null \
 || (apt-get update && apt-get install -y --no-install-recommends python3 make g++ && rm -rf /var/lib/apt/lists/*)
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY handlers ./handlers
RUN npm run build && npm prune --omit=dev
# Of the native module only the module itself is needed: its sources and object files are the larger part of it.
RUN cd node_modules/better-sqlite3 \
 && mv build/Release/better_sqlite3.node . && rm -rf build deps src \
 && mkdir -p build/Release && mv better_sqlite3.node build/Release/

FROM ${BASE}
ENV NODE_ENV=production \
    HOST=0.0.0.0 PORT=3000 \
    CUTOVER_DATABASE=/var/lib/cutover/cutover.db \
    CUTOVER_VAULT=/var/lib/cutover/vault \
    CUTOVER_TARGETS=/etc/cutover/targets.yaml \
    CUTOVER_RUNBOOKS=/app/runbooks
USER root
WORKDIR /app
# 10001: no user of the host has this number, so a leaked mount grants nothing.
RUN groupadd --gid 10001 cutover && useradd --uid 10001 --gid 10001 --create-home cutover \
 && mkdir -p /var/lib/cutover /etc/cutover && chown cutover:cutover /var/lib/cutover && chmod 700 /var/lib/cutover \
 && ln -s /app/dist/src/cli.js /usr/local/bin/cutover
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY migrations ./migrations
COPY runbooks ./runbooks
COPY LICENSE manifest.yml ./
USER cutover
VOLUME /var/lib/cutover
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/main.js"]
