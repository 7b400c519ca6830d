# A release looks its digest up, and pins it.
FROM python:3.13-slim-trixie AS base

FROM base AS build
# Kubernetes runners call these in the image (actions/runner-container-hooks, packages/k8s).
RUN for tool in sh tail env mv rm cp chmod tar find; do \
      command -v "$tool" >/dev/null || { echo "the base image has no $tool"; exit 1; }; \
    done
COPY requirements.lock /build/
# One layer of dependencies: it changes with the lock file only. Unchecked hashes make the bytecode independent of file
# times, and the same from build to build; no_debug_ranges leaves out what only tracebacks show, a fifth of it.
RUN python -m venv --without-pip /opt/koregate \
 && python -m pip --python /opt/koregate/bin/python install --no-cache-dir --no-compile --no-deps --only-binary=:all: \
      --require-hashes -r /build/requirements.lock \
 && site="$(/opt/koregate/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
 && ln -s "$site" /opt/koregate/site \
 && find "$site" \( -name '*.pyi' -o -name py.typed -o -name INSTALLER -o -name REQUESTED \) -delete \
 && rm -rf "$site/pydantic/v1" "$site/pydantic/mypy.py" "$site/certifi/tests" \
 && find /opt/koregate/bin -type f -delete \
 && python -X no_debug_ranges -m compileall -q --invalidation-mode unchecked-hash "$site"
COPY src/koregate /build/app/koregate
# The launcher. -I: nothing that a pull request puts into the workspace, and no PYTHON* variable, can be imported or change
# how this runs. -B, -u, -X utf8: what PYTHONDONTWRITEBYTECODE, PYTHONUNBUFFERED and PYTHONUTF8 would say if -I did not
# ignore them. One word, as the kernel passes all of a first line as one argument.
RUN python -X no_debug_ranges -m compileall -q --invalidation-mode unchecked-hash /build/app/koregate \
 && printf '#!/opt/koregate/bin/python -IBuXutf8\nfrom koregate.__main__ import main\n\nmain()\n' > /build/koregate \
 && chmod 755 /build/koregate

FROM base
LABEL org.opencontainers.image.title="koregate" \
      org.opencontainers.image.description="The merge gate for Kore.ai conversation test suites" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/koregate /opt/koregate
COPY --from=build /build/app/koregate /opt/koregate/site/koregate
COPY --from=build /build/koregate /usr/local/bin/koregate
# Pydantic would look through every installed package for plugins, and there are none (pydantic docs, "Plugins").
ENV PYDANTIC_DISABLE_PLUGINS=__all__
# An absolute path in exec form, and the same in action.yml: a shell would drop the hyphenated INPUT_ variables and keep the
# signals for itself.
# No USER and no WORKDIR: the runner sets both (GitHub's Dockerfile support for actions).
ENTRYPOINT ["/usr/local/bin/koregate"]
