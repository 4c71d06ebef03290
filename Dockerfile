# One image for each service: docker build --target collector|processor|dashboard|start|emulator .
# The Node of the base image is the one the tests run under; e2e/deploy/dockerfile.test.ts holds both together.

FROM node:24.21.0-trixie-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY protocol/package.json protocol/
COPY backends/package.json backends/
COPY sdk/package.json sdk/
COPY embed/package.json embed/
COPY collector/package.json collector/
COPY processor/package.json processor/
COPY dashboard/package.json dashboard/
COPY cli/package.json cli/
COPY e2e/package.json e2e/
COPY examples/demo-shop/package.json examples/demo-shop/
COPY examples/embed-charts/package.json examples/embed-charts/
COPY examples/local-cloud/package.json examples/local-cloud/
COPY examples/node-server/package.json examples/node-server/
COPY examples/own-plugin/package.json examples/own-plugin/
COPY examples/react-spa/package.json examples/react-spa/
COPY examples/script-tag/package.json examples/script-tag/

FROM manifests AS build
ENV TURBO_TELEMETRY_DISABLED=1
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

# Optional ones, too, are tools here: vitest is an optional peer of the contracts that backends ship.
FROM manifests AS dependencies
RUN npm ci --ignore-scripts --omit=dev --omit=optional --workspace=trailstitch

FROM node:24.21.0-trixie-slim AS runtime
ENV NODE_ENV=production TRAILSTITCH_HOST=0.0.0.0 TRAILSTITCH_DATA=/data
WORKDIR /app
COPY --from=dependencies /app ./
COPY --from=build /app/protocol/dist protocol/dist
COPY --from=build /app/backends/dist backends/dist
COPY --from=build /app/sdk/dist sdk/dist
COPY --from=build /app/embed/dist embed/dist
COPY --from=build /app/collector/dist collector/dist
COPY --from=build /app/processor/dist processor/dist
COPY --from=build /app/dashboard/dist dashboard/dist
COPY --from=build /app/cli/dist cli/dist
COPY cli/bin cli/bin
# The user node of the base image, by number: Kubernetes' runAsNonRoot looks at nothing else.
RUN install --directory --owner=1000 --group=1000 --mode=700 /data
USER 1000:1000
# Node itself, so that a SIGTERM reaches it.
ENTRYPOINT ["node", "cli/bin/trailstitch.js"]

FROM runtime AS collector
EXPOSE 4800
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TRAILSTITCH_PORT || 4800}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1))"]
CMD ["collector"]

# It listens on no port, and whether it gets on does not show from inside: a processor without work looks like one that
# cannot do it. Docker sees its end, it starts its own threads again, and the age of the oldest queue entry tells the rest.
FROM runtime AS processor
HEALTHCHECK NONE
CMD ["processor"]

FROM runtime AS dashboard
EXPOSE 4800
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TRAILSTITCH_PORT || 4800}/`).then(({ ok }) => process.exit(ok ? 0 : 1))"]
CMD ["dashboard"]

# All in one, with everything it keeps in /data unless the four URLs say otherwise.
FROM runtime AS start
COPY examples/demo-shop/public examples/demo-shop/public
VOLUME /data
EXPOSE 4800
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TRAILSTITCH_PORT || 4800}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1))"]
CMD ["start"]

# SQS and S3 in memory, for compose.yaml. Not for production.
FROM manifests AS emulator-dependencies
RUN npm ci --ignore-scripts --omit=dev --omit=optional --workspace=@trailstitch/example-local-cloud

FROM node:24.21.0-trixie-slim AS emulator
ENV NODE_ENV=production
WORKDIR /app
COPY --from=emulator-dependencies /app ./
COPY examples/local-cloud examples/local-cloud
USER 1000:1000
EXPOSE 4566
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.EMULATOR_PORT || 4566}/health`).then(({ ok }) => process.exit(ok ? 0 : 1))"]
ENTRYPOINT ["node", "examples/local-cloud/servers.ts", "--host", "0.0.0.0"]
