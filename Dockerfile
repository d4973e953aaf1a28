# Storewatch for a PostgreSQL of your own: DATABASE_URL must be set. The embedded one is not in the image.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Without scripts: `prepare` would build sources that are not here yet, and the image has a Node already.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY proto proto
COPY migrations migrations
COPY libs libs
COPY src src
RUN npm run build
# The packages of the embedded PostgreSQL are the optional ones.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    HTTP_HOST=0.0.0.0 \
    GRPC_HOST=0.0.0.0 \
    STOREWATCH_HOME=/var/lib/storewatch
RUN mkdir /var/lib/storewatch && chown node:node /var/lib/storewatch
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
VOLUME /var/lib/storewatch
EXPOSE 3000 50051
# Processes without the role api listen on no port, and with TLS_CLIENT_CA_FILE nobody without a certificate is answered: run
# them with --no-healthcheck. The name in a certificate is not this address's.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; fetch(`http${process.env.TLS_CERT_FILE ? 's' : ''}://127.0.0.1:${process.env.HTTP_PORT || 3000}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/cli.js", "serve"]
