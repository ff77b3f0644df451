"""All settings of the product; what differs between machines comes from the environment (`docs/contract.md`)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ

ROOT = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

VAR = Path(env.str("HALL_VAR", default=str(ROOT / "var"))).resolve()
PRODUCTION = env.bool("HALL_PRODUCTION", default=False)
DEBUG = False
KEYS_FILE = Path(env.str("HALL_KEYS", default=str(VAR / "keys.json")))
HEADS_FILE = Path(env.str("HALL_HEADS", default=str(VAR / "heads.ndjson")))  # better on another volume or host
HEAD_KEY_FILE = Path(env.str("HALL_HEAD_KEY", default=str(VAR / "head_key.json")))
RECEIPT_KEY_FILE = Path(env.str("HALL_RECEIPT_KEY", default=str(VAR / "receipt_key.json")))
PUBLIC_KEYS_FILE = Path(env.str("HALL_LOG_PUBLIC_KEYS", default=str(VAR / "log_public_keys.json")))
CLOCK_FILE = env.str("HALL_CLOCK", default="")
if PRODUCTION and CLOCK_FILE:
    raise SystemExit("HALL_CLOCK is refused while HALL_PRODUCTION=1: deadlines follow the real time.")
DEMO = env.bool("HALL_DEMO", default=not PRODUCTION)  # papers and pages say that all data are invented
BASE_URL = env.str("HALL_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")


def _secret_key() -> str:
    path = Path(env.str("HALL_SECRET_KEY_FILE", default=str(VAR / "secret_key")))
    if not path.exists():
        raise SystemExit(f"The secret key {path} is missing: start with script/server, which makes it.")
    return path.read_text().strip()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("HALL_HOSTS", default=["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = env.list("HALL_ORIGINS", default=[])

# The four rooms stand in the order of the arrows: hall -> authorization -> catalog -> supervision.
INSTALLED_APPS = [
    "hall",
    "authorization",
    "catalog",
    "supervision",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "guardian",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "hall.config.middleware.NoStoreMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "hall.config.middleware.SlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "hall.config.middleware.StaffMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "hall.config.middleware.RefusalMiddleware",
    "hall.config.access.AccessMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "hall.config.urls"
WSGI_APPLICATION = "hall.config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "hall.config.frame.frame",
            ],
            "builtins": ["hall.templatetags.face"],
        },
    }
]

# Web, worker and tests connect as hall_app, which owns nothing; only migrations run as hall_migrate for hall_owner.
AS_MIGRATE = env.str("HALL_AS", default="") == "migrate"
DATABASES: dict[str, Any] = {"default": env.db_url("HALL_MIGRATE_URL" if AS_MIGRATE else "DATABASE_URL")}
DATABASES["default"]["CONN_MAX_AGE"] = 600
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["OPTIONS"] = {"assume_role": "hall_owner"} if AS_MIGRATE else {}
# The sealer alone has its own login: whoever breaks into the web can't write leaves or heads.
if "HALL_SEALER_URL" in env:
    DATABASES["sealer"] = env.db_url("HALL_SEALER_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
# Nobody waits longer for a broker that takes connections and answers nothing (T60); above the second of the worker's own asking.
BROKER_PATIENCE = {"socket_timeout": 2, "socket_connect_timeout": 2}
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": BROKER_PATIENCE,
    }
}

AUTH_USER_MODEL = "authorization.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = [  # memory-hard, and a tenth of the time of 1,000,000 rounds of PBKDF2 at the window
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
ANONYMOUS_USER_NAME = None
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_LOCKOUT_CALLABLE = "hall.views.sign_in.locked_out"
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # per account: all windows of a hall share one address
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_SENSITIVE_PARAMETERS = ["username", "password", "code"]
AXES_VERBOSE = False

OPENING_HOURS = env.str("HALL_OPENING_HOURS", default="8:30–12:00，14:30–17:30")
REVIEW_BODY = env.str("HALL_REVIEW_BODY", default="遂溪县人民政府")  # named in decisions as the body of 行政复议
FEE_ACCOUNT = env.str(
    "HALL_FEE_ACCOUNT", default="遂溪县财政局非税收入账户"
)  # where a payment notice sends the applicant
SESSION_ENGINE = "hall.config.sessions"
SESSION_COOKIE_AGE = 30 * 60
SESSION_ABSOLUTE_AGE = timedelta(hours=12)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "hall.views.faults.csrf_failed"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("HALL_STATIC", default=str(VAR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Compressing is the longest step of a first start: once a file, and not the maps that only a debugger reads.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "png", "jpg", "webp", "woff", "woff2", "gz", "br")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 120
CELERY_TIMEZONE = TIME_ZONE
# A page never waits for a broker that is down: one try, the sweep does the rest (T60). Worker and beat go on trying.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "max_retries": 0, **BROKER_PATIENCE}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE = {
    "papers": {"task": "supervision.render_papers", "schedule": 10.0, "options": {"expires": 10}},
    "subscriptions": {"task": "supervision.deliver_subscriptions", "schedule": 15.0, "options": {"expires": 15}},
    "deadlines": {"task": "hall.recalculate_deadlines", "schedule": 600.0, "options": {"expires": 600}},
    "milestones": {"task": "supervision.sweep_milestones", "schedule": 60.0, "options": {"expires": 60}},
    "log_check": {"task": "supervision.check_log", "schedule": 60.0, "options": {"expires": 60}},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["hall.api.clients.ClientAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["hall.api.clients.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["hall.api.bodies.StrictJSON"],
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS would tell of what the schema tells already
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "hall.config.api_errors.problem",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "遂溪县政务服务大厅 API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "ApplicantKind": "hall.models.ApplicantKind",
        "CaseKind": "catalog.models.CaseKind",
        "CaseState": "hall.states.CaseState",
        "DueState": "supervision.judging.DueState",
        "ItemKind": "catalog.models.ItemKind",
        "TimeUnit": "supervision.workdays.TimeUnit",
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"axes": {"level": "WARNING"}, "fontTools": {"level": "WARNING"}, "weasyprint": {"level": "ERROR"}},
}
