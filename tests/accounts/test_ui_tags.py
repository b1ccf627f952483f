"""The component tags: what they promise, and that nothing they are given can break out of them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from accounts.templatetags import ui
from assessments.enums import ItemState

EVIL = "\"><script>alert(1)</script>'&"


def render(source: str, url: str = "/list?q=a%26b&page=3&sort=code", **context: object) -> str:
    context["request"] = RequestFactory().get(url)
    with translation.override("zh-hans"):
        return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    "source",
    [
        "{% badge x x %}",
        "{% icon 'edit' x %}",
        "{% heat x 1 x %}",
        "{% empty x x x x %}",
        "{% stat x x x x %}",
        "{% crumb x x %}",
        "{% callout x x x %}",
        "{% progress 1 2 x figures=x %}",
        "{% sort_head x x %}",
        "{% tree nodes %}",
        "{% json_data x 'id' %}",
    ],
)
def test_what_is_given_is_escaped(source):
    nodes = [
        {"kind": "level", "code": EVIL, "name": EVIL, "note": EVIL, "url": EVIL, "figures": [(EVIL, EVIL)]}
    ]
    html = render(source, x=EVIL, nodes=nodes)
    assert "<script>" not in html
    assert '"><' not in html.replace('"><path', "").replace('"><span', "").replace('"><svg', "").replace(
        '"><a', ""
    )


def test_badge_takes_look_and_label_from_the_state():
    html = render("{% badge state %}", state=ItemState.APPROVED)
    assert 'data-tone="success"' in html
    assert "已审定" in html
    assert "<svg" in html, "never colour alone"


def test_pagination_keeps_the_other_parameters():
    page = Paginator(range(95), 10).page(3)
    html = render("{% pagination page %}", page=page)
    assert 'href="?q=a%26b&amp;page=2&amp;sort=code"' in html
    assert 'aria-current="page">3<' in html
    assert "第 21–30 条，共 95 条" in html


def test_sort_head_turns_round_and_drops_the_page():
    html = render('{% sort_head "编号" "code" %}')
    assert 'aria-sort="ascending"' in html
    assert 'href="?q=a%26b&amp;sort=-code"' in html
    assert "aria-sort" not in render('{% sort_head "难度" "difficulty" %}')


class Sample(forms.Form):
    name = forms.CharField(label="名称", help_text="说明")
    choice = forms.ChoiceField(label="选择", choices=[("a", "甲")], widget=forms.RadioSelect)
    tick = forms.BooleanField(label="同意", required=False)


def test_field_ties_label_help_and_error_to_the_input():
    form = Sample({})
    form.is_valid()
    html = render("{% field form.name %}", form=form)
    assert '<label class="field__label" for="id_name">' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    group = render("{% field form.choice %}", form=form)
    assert "<legend" in group
    assert 'id="id_choice_error"' in group
    assert '<label class="check" for="id_tick">' in render("{% field form.tick %}", form=form)
    assert 'href="#id_name"' in render("{% form_errors form %}", form=form)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (Decimal("2.50"), "2.5"),
        ("10.00", "10"),
        (0, "0"),
        (Decimal("-0.00"), "0"),
        (None, "—"),
        ("100", "100"),
    ],
)
def test_points(given, shown):
    assert ui.points(given) == shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (timedelta(hours=1, minutes=30), "1 小时 30 分"),
        (45 * 60, "45 分"),
        (20, "20 秒"),
        (0, "0 秒"),
        (None, "—"),
    ],
)
def test_span(given, shown):
    with translation.override("zh-hans"):
        assert ui.span(given) == shown


def test_percent():
    assert (ui.percent(Decimal("0.7333"), 1), ui.percent(None)) == ("73.3%", "—")


def test_tree_marks_the_current_node_and_nests():
    leaf = {"kind": "requirement", "code": "1.1.1", "key": "1.1.1", "name": "能做", "heat": (0, 0, "缺题")}
    html = render(
        '{% tree nodes current="1.1.1" %}', nodes=[{"kind": "level", "name": "初级", "children": [leaf]}]
    )
    assert html.count("<details") == 1
    assert 'aria-current="true"' in html
    assert 'data-heat="0"' in html
    assert "缺题" in html, "the heat is said in words too"
