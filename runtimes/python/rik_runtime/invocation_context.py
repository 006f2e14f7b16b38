"""The `context` argument of a handler. Source: managed-runtimes 3.4."""

import time

from . import log_sink
from .errors import RuntimeFault


class FunctionIdentity:
    """What does not change from one invocation to the next."""

    def __init__(self, environment):
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")


class LambdaContext:
    def __init__(self, headers, function):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = function.log_group_name
        self.log_stream_name = function.log_stream_name
        self.function_name = function.function_name
        self.memory_limit_in_mb = function.memory_limit_in_mb
        self.function_version = function.function_version
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self.client_context = _parse(headers, "lambda-runtime-client-context", "Client Context", ClientContext)
        identity = _parse(headers, "lambda-runtime-cognito-identity", "Cognito Identity", CognitoIdentity)
        self.identity = CognitoIdentity({}) if identity is None else identity
        self._epoch_deadline_time_in_ms = int(headers.get("lambda-runtime-deadline-ms") or 0)

    def get_remaining_time_in_millis(self):
        return max(self._epoch_deadline_time_in_ms - int(time.time() * 1000), 0)

    def log(self, message):
        """Straight to the log, without format or line end."""
        log_sink.write_record(str(message))

    def __repr__(self):
        return _describe(
            self,
            "aws_request_id,log_group_name,log_stream_name,function_name,memory_limit_in_mb,function_version,"
            "invoked_function_arn,client_context,identity,tenant_id",
        )


class CognitoIdentity:
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, values):
        self.cognito_identity_id = values.get("cognitoIdentityId")
        self.cognito_identity_pool_id = values.get("cognitoIdentityPoolId")

    def __repr__(self):
        return _describe(self, "cognito_identity_id,cognito_identity_pool_id")


class Client:
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")

    def __init__(self, values):
        for name in self.__slots__:
            setattr(self, name, values.get(name))

    def __repr__(self):
        return _describe(self, ",".join(self.__slots__))


class ClientContext:
    __slots__ = ("custom", "env", "client")

    def __init__(self, values):
        self.custom = values.get("custom")
        self.env = values.get("env")
        client = values.get("client")
        self.client = Client(client) if client is not None else None

    def __repr__(self):
        return _describe(self, "custom,env,client")


def _describe(value, names):
    members = ",".join("%s=%s" % (name, getattr(value, name)) for name in names.split(","))
    return "%s([%s])" % (type(value).__name__, members)


def _parse(headers, name, title, make):
    text = headers.get(name)
    if not text:
        return None
    import json

    try:
        return make(json.loads(text))
    except Exception as error:
        raise RuntimeFault(
            "Runtime.LambdaContextUnmarshalError", "Unable to parse %s JSON: %s" % (title, error)
        ) from error
