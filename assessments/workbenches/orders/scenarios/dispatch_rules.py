"""The rules panel of the dispatch day: everything a candidate needs in order to decide."""

from __future__ import annotations

from collections.abc import Mapping

from .. import words
from ..carriers import CARRIERS
from ..state import Rule


def rules(params: Mapping[str, str]) -> tuple[Rule, ...]:
    """The marketplace's rules with the figures of this world."""
    promises = "、".join(
        f"{label} {params['promise_' + code]} 天"
        for code, label in words.COUNTRIES.items()
        if "promise_" + code in params
    )
    numbers = "；".join(
        f"{carrier.label}：{carrier.shape}，限重 {carrier.limit_g} 克" for carrier in CARRIERS.values()
    )
    return (
        Rule(
            "S1",
            "发货",
            "线上发货",
            "按物流单文件为每个包裹填写物流商和运单号，核对收件人、国家、邮编、商品和件数，全部一致才可声明发货。"
            "发货后运单号最多修改 2 次。",
        ),
        Rule("S2", "发货", "运单号格式", numbers + "。"),
        Rule(
            "S3",
            "发货",
            "物流单异常",
            "物流单与订单不符的，不得发货，应在物流单文件中逐行登记异常原因：运单号格式或校验位不符；运单号已被其他订单使用；"
            "收件人、国家或邮编与订单不符；商品或件数与订单不符；订单当前不可发货（未付款、已取消、买家已申请取消或退款）。",
        ),
        Rule(
            "S4",
            "发货",
            "拆分包裹",
            "不同仓库的商品不能装在一个包裹，应按物流单拆分，每个包裹填各自的运单号。",
        ),
        Rule(
            "S5",
            "发货",
            "合并发货",
            "同一买家、同一收件地址的多个待发货订单，物流单给出“订单号+订单号”的，应合并后按一个运单号发货。",
        ),
        Rule("S6", "发货", "缺货", "库存不足的订单不得发货，应标记“发货异常—缺货”。"),
        Rule(
            "O1", "订单", "买家申请取消", "发货前买家申请取消的，应取消订单（原因：买家申请取消），不再发货。"
        ),
        Rule(
            "O2",
            "订单",
            "修改地址",
            "发货前买家申请修改地址且国家不变、信息完整的，应先修改地址再发货（仓库已按新地址打单）；"
            "要求更换国家的，拒绝申请（原因：不支持更换国家/地区），按原地址发货。",
        ),
        Rule(
            "R1",
            "退款",
            "未发货",
            "订单尚未发货、买家申请退款的，同意全额退款（原因：订单尚未发货）。",
        ),
        Rule(
            "R2",
            "退款",
            "未收到货",
            "以物流轨迹为准。已妥投且妥投城市与订单地址一致：拒绝；已妥投但城市不一致：同意全额退款；"
            "未妥投且自发货日起已超过承诺送达时效：同意全额退款；未妥投且仍在时效内：拒绝。",
        ),
        Rule("R3", "退款", "承诺送达时效", f"自发货日起计算：{promises}。"),
        Rule(
            "R4",
            "退款",
            "破损或质量问题",
            "照片能看清订单商品和问题的，按受损件数退该商品货款（单价×受损件数，运费不退），选“同意部分退款”；"
            "照片与订单商品不符或看不清的，拒绝（原因：凭证不符）。",
        ),
        Rule(
            "R5",
            "退款",
            "无理由退货",
            f"自妥投日起 {params['return_days']} 天内申请的，同意退货退款，退全部货款，运费不退；超过的拒绝。",
        ),
        Rule("R6", "退款", "全额", "“全额退款”退回买家实付的货款和运费。退款决定提交后不能更改。"),
        Rule(
            "T1",
            "报表",
            "口径",
            "已发货订单 = 状态为已发货或已完成的订单；超时发货 = 发货日期晚于最晚发货日期；"
            "退款率 = 该 SKU 有退款的订单数 ÷ 该 SKU 已发货订单数；客单价 = 有效订单（不含已取消）的销售额 ÷ 有效订单数。"
            "销售额按美元计。",
        ),
    )
