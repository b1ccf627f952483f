"""The codes of this world with the words that the screen shows for them."""

from __future__ import annotations

STATUS = {
    "unpaid": "待付款",
    "review": "待审核",
    "to_ship": "待发货",
    "exception": "发货异常",
    "shipped": "已发货",
    "completed": "已完成",
    "cancelled": "已取消",
}
CANNOT_SHIP = {
    "out_of_stock": "缺货",
    "address_invalid": "收件地址无效或不完整",
    "restricted": "目的国禁限运",
    "carrier_refused": "物流商拒收",
    "other": "其他原因",
}
CANCEL = {
    "buyer_request": "买家申请取消",
    "unpaid_timeout": "超时未付款",
    "promo_violation": "违反促销叠加规则",
    "out_of_stock": "缺货",
    "price_error": "标价错误",
    "fraud": "涉嫌欺诈",
}
ROW_PROBLEMS = {
    "bad_number": "运单号格式或校验位不符",
    "duplicate": "运单号已被其他订单使用",
    "consignee": "收件人、国家或邮编与订单不符",
    "items": "商品或件数与订单不符",
    "order_state": "订单当前不可发货",
}
DECISIONS = {
    "full": "同意全额退款",
    "partial": "同意部分退款",
    "return": "同意退货退款",
    "refuse": "拒绝退款",
}
REFUND_REASONS = {
    "not_shipped": "订单尚未发货",
    "delivered": "物流显示已妥投至订单地址",
    "misdelivered": "妥投地与订单地址不一致",
    "overdue": "超过承诺送达时效仍未妥投",
    "in_transit": "仍在承诺送达时效内",
    "damaged": "商品破损或质量问题属实",
    "bad_evidence": "凭证与订单商品不符或无法证明问题",
    "return_window": "在无理由退货期内",
    "window_passed": "超过无理由退货期",
}
DECLINE = {
    "cross_border": "不支持更换国家/地区",
    "already_shipped": "订单已发货",
    "incomplete": "新地址信息不完整",
    "other": "其他原因",
}
CLAIMS = {
    "not_shipped": "未发货，不想要了",
    "not_received": "未收到货",
    "damaged": "破损或质量问题",
    "changed_mind": "无理由退货",
}
HOLD_REASONS = {
    "refund_spike": "退款率异常，待质检",
    "infringement": "涉嫌侵权",
    "slow_moving": "滞销",
    "supply": "供应商交付异常",
}
FINDING_KINDS = {
    "late_lane": "物流线路时效恶化",
    "refund_spike": "SKU 退款率异常",
    "conversion_drop": "国家站转化率下滑",
    "supplier_delay": "供应商交期延误",
    "freight_rise": "物流成本上涨",
    "ad_waste": "广告投入产出恶化",
}
FINDING_CAUSES = {
    "late_lane": {"transit": "干线或末端运输变慢", "handling": "店铺发货超时", "customs": "买家拒付关税"},
    "refund_spike": {"quality": "质量问题集中", "size": "尺码描述不符", "late": "物流延误导致"},
    "conversion_drop": {"cart": "加购到下单环节流失", "visit": "访问到加购环节流失", "traffic": "访问量下降"},
    "supplier_delay": {"lead": "交货晚于约定", "reject": "到货不合格率高"},
    "freight_rise": {"price": "单票运费上涨", "weight": "包裹重量增加"},
    "ad_waste": {"cost": "广告费上涨而订单未增", "traffic": "广告带来的访问不足"},
}
COUNTRIES = {
    "US": "美国",
    "GB": "英国",
    "DE": "德国",
    "FR": "法国",
    "JP": "日本",
    "BR": "巴西",
    "CA": "加拿大",
    "AU": "澳大利亚",
}
CURRENCY = {
    "US": "USD",
    "GB": "GBP",
    "DE": "EUR",
    "FR": "EUR",
    "JP": "JPY",
    "BR": "BRL",
    "CA": "CAD",
    "AU": "AUD",
}
