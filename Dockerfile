# The image of the operator. Both base images are arguments, for mirrors and for pinning by digest (docs/install.md); REQUIRE_DIGESTS=true ends the
# build where one is named without its digest:
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION=0.1.0 --build-arg REVISION=$(git rev-parse HEAD) \
#     --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) --output type=image,name=…,rewrite-timestamp=true .
ARG NODE_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

# What runs is JavaScript only, so that it is built once, on the machine's own architecture, for all of them.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS packages
ARG NODE_IMAGE
ARG RUNTIME_IMAGE
ARG REQUIRE_DIGESTS=false
RUN if [ "${REQUIRE_DIGESTS}" = true ]; then \
  for image in "${NODE_IMAGE}" "${RUNTIME_IMAGE}"; do \
  case "${image}" in *@sha256:*) ;; *) echo "base image without digest: ${image}" >&2; exit 1 ;; esac; done; fi
WORKDIR /image/app
COPY package.json package-lock.json ./
RUN npm install --no-save --omit=dev --ignore-scripts --no-audit --no-fund

FROM packages AS build
RUN npm install --no-save --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
RUN node_modules/.bin/tsc -p tsconfig.json

FROM packages AS app
# Sources, type declarations and source maps are for developers; licences stay.
RUN rm package-lock.json node_modules/.package-lock.json \
  && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' \) -delete \
  && find node_modules -type d -empty -delete
COPY --from=build /image/app/dist ./dist
# The same input gives the same layer.
ARG SOURCE_DATE_EPOCH=0
RUN find /image/app -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH}" {} +

FROM ${RUNTIME_IMAGE}
ARG RUNTIME_IMAGE
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="keytender" \
  org.opencontainers.image.description="Kubernetes operator that brings AWS secrets into Secrets" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.base.name="${RUNTIME_IMAGE}"
# Node is in /nodejs/bin of the distroless image and in /usr/local/bin of the official one. By default glibc keeps a heap for each of Node's threads.
# Half of the pool's threads may resolve names; with the four of the default, two names that nobody answers would stop all connections.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 UV_THREADPOOL_SIZE=16 PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin
# Owned by root: the operator cannot change its own code, whatever the container's settings. The folder comes with its times; WORKDIR would make it anew.
COPY --from=app --chown=0:0 /image /
WORKDIR /app
# A number, because the kubelet can check runAsNonRoot on numbers only.
USER 65532:65532
EXPOSE 8080 8081
# By default V8 lets new garbage grow to 32 MB, and the whole heap to three times of what is in use, before it looks for what still is, and hardly ever
# gives that memory back. In a container it takes half of the memory limit as its own limit; what is kept needs more.
ENTRYPOINT ["node", "--max-semi-space-size=2", "--heap-growing-percent=50", "--max-old-space-size-percentage=70", "dist/main.js"]
CMD ["controller"]
