# syntax=docker/dockerfile:1
# The image holds the program, the libraries that it loads and the models, and nothing else: no shell, no package manager.
#     docker build -t wenbao .
#     docker run --rm -v wenbao:/data -v "$PWD/samples:/documents:ro" wenbao ingest /documents
#     docker run --rm -v wenbao:/data -p 8080:8080 -e WENBAO_API_KEYS="read a-long-secret" wenbao

FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked -p wenbao-cli --features postgres,ocr \
    && target/release/wenbao model pull \
    && packaging/rootfs.sh /rootfs

FROM scratch
COPY --from=build /rootfs /
ENV WENBAO_INDEX=/data/index WENBAO_ADDR=0.0.0.0:8080 LANG=C.UTF-8
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["/usr/local/bin/wenbao", "health"]
ENTRYPOINT ["/usr/local/bin/wenbao"]
CMD ["serve"]
