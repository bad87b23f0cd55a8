"""nginx as a server of the lab: started by hand, with a configuration and a folder of its own."""
import os
import shutil

from processes import until

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
CONFIG = """
daemon off; master_process off; worker_processes 1; worker_cpu_affinity {affinity};
pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 16384; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; keepalive_timeout 600s;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {upstreams}
  {servers}
}}
"""


class Nginx:
    """`servers` is a text of server blocks."""

    def __init__(self, namespace, name, servers, upstreams="", cpu=None):
        self.folder = os.path.join(namespace.folder, name)
        os.makedirs(self.folder, exist_ok=True)
        self.files = os.path.join(namespace.folder, "files")
        if not os.path.exists(self.files):
            os.makedirs(self.files)
            for size in (100, 16384, 1048576):
                with open(os.path.join(self.files, str(size)), "wb") as file:
                    file.write(b"x" * size)
        path = os.path.join(self.folder, "nginx.conf")
        affinity = "auto" if cpu is None else f"{1 << cpu:b}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(folder=self.folder, servers=servers.replace("FILES", self.files),
                                     upstreams=upstreams, affinity=affinity))
        self.process = namespace.start(name, NGINX, "-p", self.folder, "-c", path)
        until(lambda: os.path.exists(os.path.join(self.folder, "nginx.pid")) or not self.process.running(), "nginx runs")
        assert self.process.running(), self.process.output()

    def close(self):
        self.process.kill()


def origins(namespace, addresses, port, name="nginx", cpu=None):
    """One nginx that serves files on each address."""
    servers = "".join(f"server {{ listen {address}:{port} backlog=8192; root FILES; "
                      f"location /name {{ return 200 {address}; }} }}\n" for address in addresses)
    made = Nginx(namespace, name, servers, cpu=cpu)
    until(lambda: f"{addresses[0]}:{port} " in namespace.execute("ss", "-ltn"), "nginx listens")
    return made
