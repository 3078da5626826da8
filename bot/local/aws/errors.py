"""How an AWS service says no: a code, a status and a sentence."""


class AwsError(Exception):
    """A refusal; the operation's protocol gives it its form on the wire.

    Attributes:
        code: AWS's word for it, such as ``NoSuchKey``.
        status: the HTTP status.
        more: further members of the error, such as the region that was expected.
        headers: headers that go with it.
    """

    def __init__(
        self,
        code: str,
        status: int,
        message: str,
        more: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Keep what is answered."""
        super().__init__(message)
        self.code = code
        self.status = status
        self.more = more or {}
        self.headers = headers or {}
