# The whole toolchain in one image: Rust, Node, the tools in .tools/, Chromium and Firefox. Serving the page needs none
# of it (see the README); building the engine and the tests do.
#
#   docker build --tag relume .
#   docker run --rm --init --network host relume                serves the page at http://localhost:8080/www/
#   docker run --rm --init --network host -e PORT=9000 relume   on another port
#   docker run --rm --init relume make test                     every check and every test; compiles Burn, some minutes
#   docker run --rm --init relume make engine                   builds the engine, into the container's own pkg/wasm/
#   docker run --rm --init --volume "$PWD/out:/home/relume/out" relume scripts/build-engine.sh --out ../out flex
#                                                               builds it into out/, which user 1000 must be able to write
#
# The server accepts connections only from its own machine, so --publish does not work: --network host makes the
# container part of that machine (with Docker Desktop, host networking has to be switched on in its settings). --init
# lets Ctrl-C through.

# As rust-version in Cargo.toml.
FROM rust:1.95-trixie

RUN useradd --create-home --uid 1000 relume
WORKDIR /home/relume/relume

# Copied first, so that a change in other files does not run the set-up again. System packages need root.
COPY Cargo.toml package.json package-lock.json .npmrc ./
COPY scripts/setup.sh scripts/wasm-target.sh scripts/browser.sh scripts/
RUN scripts/setup.sh test \
    && rm -rf /var/lib/apt/lists/* /root/.npm "$CARGO_HOME/registry" \
    && chown -R relume: . "$CARGO_HOME"

USER relume
COPY --chown=relume . .

EXPOSE 8080
CMD ["scripts/run.sh"]
