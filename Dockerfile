# Mercer in an image that holds one program and what it needs to run: no shell, no package manager.
#
#   docker build -t mercer .                         compiles, the dependencies in a layer of their own
#   docker build -t mercer --target prebuilt \
#     --build-arg BINARY=dist/mercer .               takes a binary that was built before
#
# Both are made of the same stage `runtime`, so they differ in nothing but where the program comes from. The stages that
# compile stand last: builders that make every stage up to the target then make none that is not needed.
#
# glibc, linked dynamically, and not musl or a static glibc: the program is the very file that the tests ran and that
# systemd starts; musl's allocator serves many threads one after the other; and a static glibc still wants the same
# glibc's libraries beside it to look names up. The four libraries cost 3 MB; a distroless
# base would bring several times that.
#
# The libraries come from the Debian release that the program was compiled on, or an older program on a newer release.
ARG SYSTEM=docker.io/library/debian:bookworm-slim
ARG RUST=docker.io/library/rust:1.95-slim-bookworm

FROM ${SYSTEM} AS system
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN test -s /etc/ssl/certs/ca-certificates.crt \
  || { apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*; }
# What the program is linked with, under the same paths; certificates for S3, mail and payments; a user without rights;
# a folder for data and one for temporary files. Whoever scans the image is told what of Debian is in it, where distroless
# images say so.
WORKDIR /root-of-image
RUN for library in libc.so.6 libm.so.6 libgcc_s.so.1; do \
    file=$(ldconfig -p | sed -n "0,/.*${library} (libc6,[^)]*) => /s///p"); \
    install -D -m 755 "$(readlink -f "$file")" ".$(readlink -f "$(dirname "$file")")/${library}" || exit 1; \
  done \
  && loader=$(echo /lib*/ld-linux-*.so.?) \
  && install -D -m 755 "$(readlink -f "$loader")" ".${loader}" \
  && install -D -m 644 /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/ca-certificates.crt \
  && install -D -m 644 /etc/os-release etc/os-release \
  && install -d var/lib/dpkg/status.d \
  && for package in libc6 libgcc-s1 ca-certificates; do \
    sed -n "/^Package: ${package}\$/,/^\$/p" /var/lib/dpkg/status >"var/lib/dpkg/status.d/${package}"; \
    test -s "var/lib/dpkg/status.d/${package}" || exit 1; \
  done \
  && echo 'hosts: files dns' >etc/nsswitch.conf \
  && echo 'mercer:x:65532:65532:Mercer:/data:/nonexistent' >etc/passwd \
  && echo 'mercer:x:65532:' >etc/group \
  && install -d -m 750 -o 65532 -g 65532 data && install -d -m 1777 tmp

FROM scratch AS runtime
COPY --from=system /root-of-image /
ENV MERCER_LISTEN=0.0.0.0:8080 MERCER_DATA_DIR=/data
# glibc gives each thread a heap of its own and keeps what was freed. Drawing pictures, the demo shop came to 145 MB so,
# and comes to 80 MB with two heaps and large blocks given back at once.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
VOLUME ["/data"]
EXPOSE 8080
USER 65532:65532
WORKDIR /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=3 CMD ["/mercer", "healthcheck"]
ENTRYPOINT ["/mercer"]
CMD ["serve"]
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=""
LABEL org.opencontainers.image.title="Mercer" \
  org.opencontainers.image.description="An online store in one binary" \
  org.opencontainers.image.licenses="MIT OR Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.source="${SOURCE}"

# With a binary that was built before.
FROM runtime AS prebuilt
ARG BINARY=dist/mercer
COPY --chmod=755 ${BINARY} /mercer

# The dependencies alone, made again only when Cargo.toml, Cargo.lock or .cargo change: the crate's own targets are empty
# files in their places. gcc comes with the image; nothing that Mercer links needs more.
FROM ${RUST} AS dependencies
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
RUN sed -n 's/^path = "\(.*\)"/\1/p; /^\[\[bench\]\]/{n;s/^name = "\(.*\)"/benches\/\1.rs/p}' Cargo.toml \
  | while read -r path; do mkdir -p "${path%/*}"; echo 'fn main() {}' >"$path"; done \
  && : >src/lib.rs \
  && cargo build --release --locked --bin mercer

FROM dependencies AS compiled
COPY build.rs ./
COPY assets assets
COPY migrations migrations
COPY templates templates
COPY src src
ARG REVISION=""
ENV BUILD_COMMIT=${REVISION}
# Cargo tells old from new by time stamps, and the empty files are younger than what takes their places.
RUN find build.rs src -name '*.rs' -exec touch {} + && cargo build --release --locked --bin mercer

FROM runtime AS mercer
COPY --chmod=755 --from=compiled /build/target/release/mercer /mercer
