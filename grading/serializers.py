"""What the school API shows of results and certificates. Read only."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from .models import Certificate, Result
from .queries.profiles import Node, mastery_tree
from .rules import plain


class RuleSerializer(serializers.Serializer[Any]):
    """One pass rule and how it came out."""

    code = serializers.CharField(help_text="total, theory, practical 或 domain:<编号>")
    label = serializers.CharField()  # type: ignore[assignment]
    required = serializers.CharField(help_text="要求的得分率（%）")  # type: ignore[assignment]
    points = serializers.CharField()
    maximum = serializers.CharField()
    percent = serializers.CharField(allow_null=True)
    met = serializers.BooleanField()
    text = serializers.CharField(help_text="这条规则的中文说明")


class ResultSerializer(serializers.ModelSerializer[Result]):
    """A released result in a list."""

    ticket_no = serializers.CharField(source="attempt.registration.ticket_no")
    student_no = serializers.CharField(source="attempt.registration.candidate.student_no")
    name = serializers.CharField(source="attempt.registration.candidate.name")
    class_name = serializers.CharField(source="attempt.registration.candidate.class_name")
    id_masked = serializers.CharField(source="attempt.registration.candidate.id_masked")
    exam = serializers.IntegerField(source="attempt.registration.session.exam_id")
    exam_title = serializers.CharField(source="attempt.registration.session.exam.title")
    level = serializers.CharField(source="attempt.registration.session.exam.blueprint.level.name")
    session = serializers.IntegerField(source="attempt.registration.session_id")
    finished_at = serializers.DateTimeField(source="attempt.finished_at")
    released_at = serializers.DateTimeField(source="released.release.decided_at")

    class Meta:
        model = Result
        fields = (
            "id",
            "version",
            "ticket_no",
            "student_no",
            "name",
            "class_name",
            "id_masked",
            "exam",
            "exam_title",
            "level",
            "session",
            "points",
            "max_points",
            "passed",
            "finished_at",
            "released_at",
        )
        read_only_fields = fields  # type: ignore[assignment]


class RequirementResultSerializer(serializers.Serializer[Any]):
    """Mastery of one 职业技能要求."""

    code = serializers.CharField()
    text = serializers.CharField()
    points = serializers.CharField()
    maximum = serializers.CharField()
    evidence = serializers.IntegerField(help_text="考查这一项的题数")
    band = serializers.ChoiceField(choices=["mastered", "fair", "weak", "unseen"])


class TaskResultSerializer(serializers.Serializer[Any]):
    """Mastery of one 工作任务."""

    code = serializers.CharField()
    name = serializers.CharField()
    points = serializers.CharField()
    maximum = serializers.CharField()
    evidence = serializers.IntegerField()
    requirements = RequirementResultSerializer(many=True)


class DomainResultSerializer(serializers.Serializer[Any]):
    """Mastery of one 工作领域; ``level`` names a lower level where the domain belongs to one."""

    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField(allow_blank=True)
    points = serializers.CharField()
    maximum = serializers.CharField()
    evidence = serializers.IntegerField()
    tasks = TaskResultSerializer(many=True)


class ResultDetailSerializer(ResultSerializer):
    """One released result with the decision rule by rule and the tree."""

    rules = serializers.SerializerMethodField()
    domains = serializers.SerializerMethodField()

    class Meta(ResultSerializer.Meta):
        fields = (*ResultSerializer.Meta.fields, "rules", "domains")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(RuleSerializer(many=True))
    def get_rules(self, result: Result) -> list[dict[str, Any]]:
        """The pass rules."""
        rules: list[dict[str, Any]] = result.decision["rules"]
        return rules

    @extend_schema_field(DomainResultSerializer(many=True))
    def get_domains(self, result: Result) -> list[dict[str, Any]]:
        """The tree of mastery."""
        return [
            {
                **_amounts(domain),
                "name": domain.name,
                "level": domain.level,
                "tasks": [
                    {
                        **_amounts(task),
                        "name": task.name,
                        "requirements": [
                            {**_amounts(leaf), "text": leaf.name, "band": leaf.band} for leaf in task.children
                        ],
                    }
                    for task in domain.children
                ],
            }
            for domain in mastery_tree(result)
        ]


def _amounts(node: Node) -> dict[str, Any]:
    return {
        "code": node.code,
        "points": plain(node.points),
        "maximum": plain(node.maximum),
        "evidence": node.evidence,
    }


class CertificateSerializer(serializers.ModelSerializer[Certificate]):
    """A certificate in a list."""

    name = serializers.CharField(source="candidate.name")
    student_no = serializers.CharField(source="candidate.student_no")
    id_masked = serializers.CharField(source="candidate.id_masked")
    standard = serializers.CharField(source="edition.standard.title")
    edition = serializers.CharField(source="edition.label")
    level = serializers.CharField(source="level.name")
    level_number = serializers.IntegerField(source="level.number")
    exam = serializers.IntegerField(source="result.attempt.registration.session.exam_id")
    result = serializers.IntegerField(source="result_id")
    sha256 = serializers.CharField(source="file.sha256")
    key_id = serializers.CharField(source="kid_id")

    class Meta:
        model = Certificate
        fields = (
            "number",
            "state",
            "name",
            "student_no",
            "id_masked",
            "standard",
            "edition",
            "level",
            "level_number",
            "exam",
            "result",
            "issued_at",
            "ended_at",
            "end_reason",
            "sha256",
            "key_id",
        )
        read_only_fields = fields  # type: ignore[assignment]


class CertificateDetailSerializer(CertificateSerializer):
    """One certificate with the claims that were signed."""

    claims = serializers.SerializerMethodField()

    class Meta(CertificateSerializer.Meta):
        fields = (*CertificateSerializer.Meta.fields, "claims")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(serializers.DictField())
    def get_claims(self, certificate: Certificate) -> dict[str, Any]:
        """The signed claims."""
        claims: dict[str, Any] = certificate.claims["claims"]
        return claims


class VerifyClaimsSerializer(serializers.Serializer[Any]):
    """The public part of the claims; the name is masked without the 查验码."""

    holder = serializers.CharField()
    standard = serializers.CharField()
    edition = serializers.CharField()
    level = serializers.CharField()
    level_number = serializers.IntegerField()
    covers = serializers.ListField(child=serializers.CharField())
    exam = serializers.CharField()
    passed_on = serializers.DateField()
    issued_on = serializers.DateField()
    issuer = serializers.CharField()
    id_masked = serializers.CharField(required=False)
    total = serializers.CharField(required=False)
    maximum = serializers.CharField(required=False)


class VerifySerializer(serializers.Serializer[Any]):
    """The public answer on a certificate number."""

    status = serializers.ChoiceField(choices=["valid", "revoked", "superseded", "unknown"])
    message = serializers.CharField()
    detail = serializers.CharField(allow_blank=True)
    number = serializers.CharField(allow_blank=True)
    claims = VerifyClaimsSerializer(allow_null=True)
    issued_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    kid = serializers.CharField(allow_blank=True)
    sha256 = serializers.CharField(allow_blank=True)
    checked_at = serializers.DateTimeField()
