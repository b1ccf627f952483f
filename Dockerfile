# 量才: one image for web, worker and beat. Secrets and addresses come at run time (docs/operations.md).
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUTF8=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    DJANGO_SETTINGS_MODULE=config.settings.production \
    LIANGCAI_VAR=/var/lib/liangcai \
    LIANGCAI_STATIC=/srv/static \
    PORT=8000

RUN groupadd --system --gid 10001 liangcai \
    && useradd --system --uid 10001 --gid liangcai --home-dir /var/lib/liangcai --create-home liangcai

WORKDIR /app
COPY requirements-site.lock ./
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-site.lock

COPY . .
RUN python -m config.messages \
    && DJANGO_SETTINGS_MODULE=config.settings.static python manage.py collectstatic --noinput --verbosity 0

USER liangcai
VOLUME /var/lib/liangcai
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=20s --retries=4 CMD ["python", "-m", "config.serve", "health"]
CMD ["python", "-m", "config.serve", "web"]
