# Storewatch without the embedded PostgreSQL: set DATABASE_URL.
# npm run test:image runs these steps without Docker, and tests the result.

FROM node:24.21-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Without scripts: `prepare` would build sources that are not copied yet, and the image already has Node.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY proto proto
COPY migrations migrations
COPY libs libs
COPY src src
COPY web web
RUN npm run build
# The optional packages are the embedded PostgreSQL.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
# Delete files that are not used at run time: more than half of the packages' size. Licences stay.
RUN find node_modules dist -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.md' \) \
  ! -iname 'licen[cs]e*' -delete

FROM node:24.21-bookworm-slim
LABEL org.opencontainers.image.title="Storewatch" \
      org.opencontainers.image.description="Uptime and downtime of stores inside their business hours" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production \
    HTTP_HOST=0.0.0.0 \
    GRPC_HOST=0.0.0.0 \
    HEALTH_HOST=0.0.0.0 \
    HEALTH_PORT=9464 \
    STOREWATCH_HOME=/var/lib/storewatch
RUN mkdir /var/lib/storewatch && chown node:node /var/lib/storewatch
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY LICENSE ./
USER node
VOLUME /var/lib/storewatch
EXPOSE 3000 50051 9464
# Every role serves HEALTH_PORT, without TLS or a key.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT || 9464}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No init process is needed: `serve` handles SIGTERM and SIGINT and has no child processes.
CMD ["node", "dist/src/cli.js", "serve"]
