"""A certificate to try things on."""

from __future__ import annotations

from grading.certificates.claims import (
    CertificateIntent,
    Claims,
    DomainClaim,
    Profile,
    ProfileDomain,
    ProfileRequirement,
    ProfileTask,
)
from grading.certificates.numbers import make_number
from grading.certificates.rendering import TEMPLATE_VERSION

BANDS = ("mastered", "fair", "weak", "unseen")


def sample_intent(*, running: int = 1, holder: str = "张晓梅", requirements: int = 32) -> CertificateIntent:
    """A middle-level certificate with a profile of many requirements."""
    number = str(make_number(prefix="LC", year=2026, level=2, running=running))
    tasks = [
        ProfileTask(
            code=f"1.{t}",
            name="平台店铺建设",
            requirements=[
                ProfileRequirement(
                    code=f"1.{t}.{r}",
                    text="能够根据平台要求、企业店铺定位和店铺活动制定店铺装修方案，并进行平台店铺装修。",
                    band=BANDS[r % 4],
                    percent=None if r % 4 == 3 else 75,
                    evidence=2,
                )
                for r in range(1, 5)
            ],
        )
        for t in range(1, requirements // 4 + 1)
    ]
    claims = Claims(
        number=number,
        code="7K2MPQ9X",
        holder=holder,
        id_masked="370202********4321",
        standard="跨境电商出口 B2C 运营职业技能等级标准",
        edition="2019",
        level="中级",
        level_number=2,
        covers=["初级"],
        exam="2026 年第一次考核",
        passed_on="2026-11-20",
        issued_on="2026-11-22",
        issuer="量才职业技能评价中心（演示）",
        total="82.5",
        maximum="100",
        domains=[DomainClaim(code="1", name="平台运营", points="41", maximum="50")],
        verify_url=f"http://127.0.0.1:8000/verify/{number}?c=7K2MPQ9X",
        template=TEMPLATE_VERSION,
    )
    domain = ProfileDomain(code="1", name="平台运营", percent=82, tasks=tasks)
    return CertificateIntent(claims=claims, profile=Profile(domains=[domain]), created_at=1_795_000_000)
