"""How the application is served behind deploy/nginx.conf: gunicorn --config deploy/gunicorn.conf.py wsgi:app."""

# Only the proxy on this machine speaks to it: alone on a network, eight half-sent requests would occupy its threads.
bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = 2
threads = 8
timeout = 60
graceful_timeout = 30
# The proxy keeps its connections open for a minute.
keepalive = 75
# The proxy's log masks personal links; gunicorn's would not.
accesslog = None
