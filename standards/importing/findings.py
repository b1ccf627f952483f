"""What the importer changed, doubts or can't resolve.

A kind reads `<severity>.<name>`. `before` is what the document has, `after` what the draft holds now:
a repair differs in the two, a doubt is kept as it stands (its `suggestion` says what it might be instead),
an error blocks publishing until a person settles it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    REPAIR = "repair"
    DOUBT = "doubt"
    ERROR = "error"


def _(text: str) -> str:
    """Marks a text for the message catalogue; it is translated where it is shown."""
    return text


KINDS: dict[str, str] = {
    "repair.domain_number": _("工作领域编号与其下任务不符，已按任务编号改正"),
    "repair.task_number": _("工作任务编号与其下要求不符，已按要求编号改正"),
    "repair.task_prefix": _("工作任务编号的前缀与所在领域不符，已改正"),
    "repair.requirement_prefix": _("要求编号的前缀与所在任务不符，已改正"),
    "repair.requirement_number": _("要求编号重复，已按前后次序改正"),
    "repair.code_blanks": _("编号中有多余空格，已去掉"),
    "repair.code_style": _("编号写法已统一为 1.1.1 的形式"),
    "repair.code_inferred": _("文中没有编号，已按次序补上"),
    "repair.tags": _("残留的标记（如 <p>）已去掉"),
    "repair.entity": _("残留的字符实体已还原"),
    "repair.row_joined": _("被分在两行（或两页）的内容已接上"),
    "repair.name_joined": _("被分开的名称已接上"),
    "repair.name_blank": _("名称中间的空格或换行已去掉"),
    "repair.paragraph_joined": _("被分开的段落已接上"),
    "repair.title_joined": _("分行的标题已接上"),
    "repair.rule_line": _("残留的表格线已去掉"),
    "repair.page_number": _("表格中的页码已去掉"),
    "repair.running_head": _("表格中的页眉或页脚已去掉"),
    "repair.repeated_header": _("续表的表头已去掉"),
    "repair.repeated_cell": _("重复的领域或任务单元格已合并"),
    "repair.continued_caption": _("续表的标题已并入前表"),
    "repair.image_mark": _("残留的图片标记已去掉"),
    "repair.invisible": _("看不见的字符已去掉"),
    "repair.line_ends": _("行尾符号不一致，已统一"),
    "doubt.no_can": _("要求没有以“能”或“能够”开头"),
    "doubt.no_full_stop": _("要求没有以句号结尾，可能不完整"),
    "doubt.long_text": _("要求的文字过长，可能漏了编号"),
    "doubt.short_text": _("要求的文字过短，可能不完整"),
    "doubt.foreign_word": _("中文句子里夹有外文虚词，可能是扫描遗留"),
    "doubt.halfwidth": _("中文句子里用了半角标点"),
    "doubt.blank_in_text": _("汉字之间有空格"),
    "doubt.repeated_mark": _("标点重复，或句中标点可能有误"),
    "doubt.wording": _("用词可能有误"),
    "doubt.split_word": _("外文名称中间可能多了空格"),
    "doubt.stray_markup": _("文字里有残留的标记符号"),
    "doubt.odd_character": _("有乱码或不常用的字符"),
    "doubt.code_in_text": _("文字里有像编号的数字，已作为文字保留"),
    "doubt.two_in_one": _("一条要求里像有两条，可能漏了编号"),
    "doubt.number_gap": _("编号不连续"),
    "doubt.code_inferred": _("没有编号的一句，已单独作为一条要求"),
    "doubt.paired_by_order": _("编号和文字分列两处，已按先后次序配对"),
    "doubt.duplicate_text": _("两条要求文字相同"),
    "doubt.name_not_chinese": _("名称里没有汉字"),
    "doubt.name_looks_like_requirement": _("名称像是一条要求"),
    "doubt.extra_column": _("表中多出的一列，没有收入技能要求"),
    "doubt.heading_differs": _("标题与目次不一致"),
    "doubt.contents_missing": _("目次里有、正文里没有的标题"),
    "doubt.level_inferred": _("表没有写明等级，已按次序推定"),
    "doubt.level_count": _("等级的个数与正文所说不符"),
    "doubt.level_order": _("等级表的先后与正文所说不符，已按正文排序"),
    "doubt.term_split": _("术语的中英文界限不明"),
    "doubt.number_blank": _("标准号或数字中间有空格"),
    "doubt.unused_text": _("这段文字没有收入任何部分"),
    "error.domain_missing": _("缺少工作领域的名称"),
    "error.task_missing": _("缺少工作任务的名称"),
    "error.requirement_missing": _("编号之后没有要求的文字"),
    "error.task_empty": _("工作任务下没有要求"),
    "error.domain_empty": _("工作领域下没有任务"),
    "error.duplicate_code": _("编号重复，无法判断先后"),
    "error.unplaced": _("这段文字放不进任何一条要求"),
    "error.unaccounted": _("表格里有没有着落的字符"),
    "error.level_empty": _("等级表里没有要求"),
}


@dataclass(slots=True)
class Finding:
    """One entry of the import report."""

    kind: str
    line: int
    before: str
    after: str
    suggestion: str = ""
    level: str = ""
    code: str = ""
    field: str = ""
    """Which field of the node named by (level, code) it is about: code, name, text; empty for none."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of finding: {self.kind}")

    @property
    def severity(self) -> Severity:
        return Severity(self.kind.split(".", 1)[0])

    @property
    def label(self) -> str:
        return KINDS[self.kind]
