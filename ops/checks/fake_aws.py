"""A stand-in for AWS that records what it is asked: moto behind a proxy of ours.

moto keeps what is registered, put and uploaded. What takes time in AWS, and may go wrong there (tasks that run and end,
rollouts, exchanges of machines, purges), moto completes at once or knows not at all; the proxy plays that itself.
Every call can be refused. The rules of CloudFront that moto does not hold are held here."""

import http.client
import json
import re
import sys
import threading
import urllib.parse
import xml.etree.ElementTree as xml
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from moto.server import ThreadedMotoServer

TARGETS = {"AmazonEC2ContainerServiceV20141113": "ecs", "AmazonSSM": "ssm", "AmazonEC2ContainerRegistry_V20150921": "ecr"}
ARN = "arn:aws:ecs:eu-central-1:123456789012"
XML = "application/xml"


class Refused(Exception):
    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.status = code, status


class World:
    """What happens in this AWS. The checks set it before a script runs, and read `calls` afterwards."""

    def __init__(self):
        self.begin()

    def begin(self):
        self.calls = []
        self.refuse = {}            # call → how many of its first tries are refused (None: all)
        self.exit_code = 0          # of a one-off task; None: it never started
        self.places = True          # whether a one-off task finds a place
        self.rollouts = []          # how the next rollouts go: completes (default), breaker, hangs, taken over
        self.exchanges = []         # the same of machines: Successful (default), Failed, hangs
        self.busy = False           # somebody else's rollout is under way
        self.deployments, self.polls, self.tasks, self.refreshes = [], {}, {}, []
        self.references = set()
        self.on_call = lambda call: None

    def named(self, *prefixes):
        """The calls that change something, in their order."""
        reads = ("Describe", "Get", "Head", "List")
        return [call for call, _ in self.calls if not call.partition(":")[2].startswith(reads)
                and (not prefixes or call.startswith(prefixes))]

    def asked(self, call):
        return [body for name, body in self.calls if name == call]

    def count(self, what):
        self.polls[what] = self.polls.get(what, 0) + 1
        return self.polls[what]


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A script that is stopped hangs up in the middle; that is no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class FakeAws:
    def __init__(self):
        self.world = World()
        self.moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.moto.start()
        _, self.moto_port = self.moto.get_host_and_port()
        self.server = QuietServer(("127.0.0.1", 0), handler_of(self))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.moto.stop()

    def answer(self, request):
        """(status, headers, body) for a request: refused, played, or moto's."""
        call, body = name_of(request)
        world = self.world
        world.calls.append((call, body))
        world.on_call(call)
        refusals = world.refuse.get(call, 0)
        if refusals is None or world.count(f"refused {call}") <= refusals:
            raise Refused("AccessDeniedException", f"you may not {call}")
        play = getattr(self, "play_" + call.replace(":", "_"), None)
        return play(body, request) if play else self.ask_moto(request)

    def ask_moto(self, request):
        connection = http.client.HTTPConnection("127.0.0.1", self.moto_port, timeout=30)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in ("host", "expect")}
        connection.request(request.command, request.path, request.body, {**headers, "Host": request.headers["Host"]})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()

    # One-off tasks

    def play_ecs_RunTask(self, body, _):
        if not self.world.places:
            return json_answer({"tasks": [], "failures": [{"reason": "RESOURCE:MEMORY"}]})
        arn = f"{ARN}:task/{body['cluster']}/{len(self.world.tasks):032d}"
        self.world.tasks[arn] = body
        return json_answer({"tasks": [{"taskArn": arn, "lastStatus": "PROVISIONING", "containers": []}], "failures": []})

    def play_ecs_DescribeTasks(self, body, _):
        arn = body["tasks"][0]
        task = {"taskArn": arn, "lastStatus": "RUNNING", "containers": [{"name": "mercer"}]}
        if self.world.count(arn) > 2:
            task["lastStatus"] = "STOPPED"
            task["stoppedReason"] = "Essential container in task exited"
            if self.world.exit_code is not None:
                task["containers"][0]["exitCode"] = self.world.exit_code
            else:
                task["stoppedReason"] = "CannotPullContainerError: manifest unknown"
        return json_answer({"tasks": [task], "failures": []})

    # Rollouts of a service

    def play_ecs_UpdateService(self, body, request):
        status, headers, answer = self.ask_moto(request)
        service = json.loads(answer)["service"]
        same = [one for one in self.world.deployments if one["taskDefinition"] == body["taskDefinition"]]
        if not (same and same[0]["status"] == "PRIMARY"):
            self.begin_rollout(service["taskDefinition"])
        return self.with_deployments(service, "service")

    def begin_rollout(self, definition):
        deployments = self.world.deployments
        for one in deployments:
            one["status"] = "ACTIVE"
        going = self.world.rollouts.pop(0) if self.world.rollouts else "completes"
        number = self.world.count("deployments")
        deployments.insert(0, {"id": f"ecs-svc/{number}", "status": "PRIMARY", "taskDefinition": definition,
                               "rolloutState": "IN_PROGRESS", "going": going})

    def play_ecs_DescribeServices(self, body, request):
        status, headers, answer = self.ask_moto(request)
        if status != 200:
            return status, headers, answer
        found = json.loads(answer)["services"]
        if not found:
            return json_answer({"services": [], "failures": [{"reason": "MISSING"}]})
        if not self.world.deployments:
            self.world.deployments = [{"id": "ecs-svc/0", "status": "PRIMARY", "rolloutState": "COMPLETED",
                                       "taskDefinition": found[0]["taskDefinition"], "going": "completes"}]
        if self.world.busy:
            self.begin_rollout(found[0]["taskDefinition"])
        self.go_on()
        return self.with_deployments(found[0], "services")

    def go_on(self):
        """Each look at the service finds its rollout one step further."""
        now = self.world.deployments[0]
        if now["rolloutState"] != "IN_PROGRESS" or self.world.count(now["id"]) < 3 or now["going"] == "hangs":
            return
        if now["going"] == "completes":
            now["rolloutState"] = "COMPLETED"
            self.world.deployments = [now]
        elif now["going"] == "breaker":
            # ECS marks ours as failed and makes the one before primary again, which then is as stable as can be.
            before = self.world.deployments[1]
            now.update(status="INACTIVE", rolloutState="FAILED", rolloutStateReason="ECS deployment circuit breaker: "
                       "tasks failed to start.")
            self.world.deployments = [{**before, "status": "PRIMARY", "rolloutState": "COMPLETED"}, now]
        else:
            self.begin_rollout(f"{ARN}:task-definition/mercer-other:1")

    def with_deployments(self, service, key):
        deployments = [{name: value for name, value in one.items() if name != "going"} for one in self.world.deployments]
        service["deployments"] = deployments
        service["taskDefinition"] = deployments[0]["taskDefinition"] if deployments else service["taskDefinition"]
        return json_answer({key: [service] if key == "services" else service, "failures": []})

    # Exchanges of machines

    def play_autoscaling_StartInstanceRefresh(self, _, __):
        if any(one["Status"] == "InProgress" for one in self.world.refreshes):
            raise Refused("InstanceRefreshInProgress", "An Instance Refresh is already in progress")
        going = self.world.exchanges.pop(0) if self.world.exchanges else "Successful"
        number = f"refresh-{len(self.world.refreshes)}"
        self.world.refreshes.insert(0, {"InstanceRefreshId": number, "Status": "InProgress", "going": going})
        return query_answer("StartInstanceRefresh", f"<InstanceRefreshId>{number}</InstanceRefreshId>")

    def play_autoscaling_DescribeInstanceRefreshes(self, body, _):
        wanted = body.get("InstanceRefreshIds.member.1")
        found = [one for one in self.world.refreshes if wanted in (None, one["InstanceRefreshId"])]
        if self.world.busy:
            found = [{"InstanceRefreshId": "somebody-elses", "Status": "InProgress", "going": "hangs"}]
        for one in found:
            if one["Status"] == "InProgress" and self.world.count(one["InstanceRefreshId"]) > 2 and one["going"] != "hangs":
                one["Status"] = one["going"]
        members = "".join(f"<member><InstanceRefreshId>{one['InstanceRefreshId']}</InstanceRefreshId>"
                          f"<Status>{one['Status']}</Status><PercentageComplete>50</PercentageComplete></member>" for one in found)
        return query_answer("DescribeInstanceRefreshes", f"<InstanceRefreshes>{members}</InstanceRefreshes>")

    def play_autoscaling_CancelInstanceRefresh(self, _, __):
        self.world.refreshes[0]["Status"] = "Cancelled"
        number = self.world.refreshes[0]["InstanceRefreshId"]
        return query_answer("CancelInstanceRefresh", f"<InstanceRefreshId>{number}</InstanceRefreshId>")

    # Purges

    def play_cloudfront_CreateInvalidation(self, body, request):
        document = xml.fromstring(body)
        texts = {element.tag.rpartition("}")[2]: element.text for element in document.iter()}
        items = [element.text for element in document.iter() if element.tag.endswith("}Path")]
        if int(texts["Quantity"]) != len(items) or not all(re.match(r"/|#[^,\s*]+$", item) for item in items):
            raise Refused("InvalidArgument", "the paths are not what CloudFront takes")
        if texts["CallerReference"] in self.world.references:
            raise Refused("InvalidationBatchAlreadyExists", "the reference was used before")
        self.world.references.add(texts["CallerReference"])
        self.world.calls[-1] = ("cloudfront:CreateInvalidation", items)
        return self.ask_moto(request)

    def play_cloudfront_GetInvalidation(self, _, request):
        status, headers, body = self.ask_moto(request)
        if self.world.count(request.path) < 2:
            body = body.replace(b"COMPLETED", b"InProgress")
        return status, headers, body


def name_of(request):
    """`service:Action` of a request, and what it asks for."""
    target = request.headers.get("X-Amz-Target")
    if target:
        service, action = target.split(".")
        return f"{TARGETS.get(service, service)}:{action}", json.loads(request.body or b"{}")
    if request.path.startswith("/2020-05-31/distribution"):
        invalidation = "/invalidation" in request.path
        action = "CreateInvalidation" if request.command == "POST" else "GetInvalidation"
        return f"cloudfront:{action if invalidation else request.command}", request.body
    if "x-www-form-urlencoded" in request.headers.get("Content-Type", ""):
        fields = dict(urllib.parse.parse_qsl(request.body.decode()))
        return f"autoscaling:{fields['Action']}", fields
    verb = {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadObject"}.get(request.command, request.command)
    return f"s3:{verb}", request.path


def json_answer(value):
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(value).encode()


def query_answer(action, inner):
    namespace = "http://autoscaling.amazonaws.com/doc/2011-01-01/"
    body = f'<{action}Response xmlns="{namespace}"><{action}Result>{inner}</{action}Result></{action}Response>'
    return 200, {"Content-Type": XML}, body.encode()


def refusal(call, refused):
    """A refusal in the words of the service that is asked."""
    service = call.partition(":")[0]
    if service in ("ecs", "ssm", "ecr"):
        body = json.dumps({"__type": refused.code, "message": str(refused)})
        return refused.status, {"Content-Type": "application/x-amz-json-1.1"}, body.encode()
    error = f"<Error><Code>{refused.code}</Code><Message>{refused}</Message></Error>"
    body = error if service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>"
    return refused.status, {"Content-Type": XML}, body.encode()


def handler_of(fake):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer goes out as one packet: two would wait for each other.
        wbufsize = -1

        def answer(self):
            self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, headers, body = fake.answer(self)
            except Refused as refused:
                status, headers, body = refusal(name_of(self)[0], refused)
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in ("connection", "transfer-encoding", "content-length", "server", "date"):
                    self.send_header(name, value)
            self.send_header("Content-Length", headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

        def log_message(self, *_):
            pass

    return Handler
