// Shop settings: promotion tools and prices, lanes, goods, and the findings of a diagnosis.

import { el } from "../../kinds/dom.js";
import { button, field, forget, form, heading, list } from "./ui.js";

export function promotions(context) {
  const { view } = context;
  const flash = view.skus.filter((sku) => sku.promo_price !== null);
  return [
    heading("促销设置"),
    el("section", {}, el("h3", {}, "优惠工具"), el("div", { class: "wb-tiles" }, ...view.coupons.map((coupon) => tool(context, coupon)))),
    el(
      "section",
      {},
      el("h3", {}, "秒杀价"),
      el("div", { class: "wb-tiles" }, ...flash.map((sku) => price(context, sku))),
    ),
  ];
}

function tool(context, coupon) {
  const key = `tool-${coupon.id}`;
  const yes = [["true", "是"], ["false", "否"]];
  const node = form(context, {
    fields: [
      field(context, { key: `${key}-enabled`, name: "enabled", label: "启用", kind: "select", options: yes, value: String(coupon.enabled) }),
      field(context, { key: `${key}-spend`, name: "min_spend", label: "使用门槛", kind: "number", unit: "USD", value: coupon.min_spend }),
      field(context, { key: `${key}-stack`, name: "stackable", label: "可与其他优惠叠加", kind: "select", options: yes, value: String(coupon.stackable) }),
      field(context, { key: `${key}-flash`, name: "flash_ok", label: "可用于秒杀商品", kind: "select", options: yes, value: String(coupon.flash_ok) }),
    ],
    text: "保存",
    tone: "",
    submit: (values, form) =>
      context.run(
        [{ type: "set_coupon", coupon: coupon.id, enabled: values.enabled === "true", stackable: values.stackable === "true", flash_ok: values.flash_ok === "true", min_spend: number(values.min_spend) }],
        { form, done: () => forget(context, form) },
      ),
  });
  const limits = [coupon.new_buyer_only ? "仅限新买家" : "", `发放 ${coupon.budget} 张`].filter(Boolean).join("，");
  return el("div", { class: "wb-tile" }, el("h4", {}, coupon.label), el("p", { class: "muted small" }, limits), node);
}

function price(context, sku) {
  const node = form(context, {
    fields: [field(context, { key: `price-${sku.code}`, name: "price", label: "活动价", kind: "number", unit: "USD", value: sku.promo_price })],
    text: "保存",
    tone: "",
    submit: (values, form) => context.run([{ type: "set_promo_price", sku: sku.code, price: number(values.price) }], { form, done: () => forget(context, form) }),
  });
  return el("div", { class: "wb-tile" }, el("h4", {}, sku.code), el("p", { class: "muted small" }, `${sku.title}，原价 ${sku.price} USD，成本 ${sku.cost} 元，${sku.weight_g} 克`), node);
}

/** What was typed as a number, or something that the server refuses in words. */
function number(text) {
  const plain = text.trim().replace("，", "").replace(/^[$￥¥]/, "");
  return /^-?\d+(\.\d+)?$/.test(plain) ? plain : "-1";
}

export function lanes(context) {
  const { view } = context;
  const { words } = view;
  const rows = view.lanes.flatMap((lane) => lane.options.map((option) => ({ ...option, country: lane.country, used: lane.carrier === option.carrier, id: `${lane.country}-${option.carrier}` })));
  const columns = [
    { key: "country", label: "国家", text: (row) => words.countries[row.country] },
    { key: "carrier", label: "物流商", text: (row) => words.carriers[row.carrier] },
    { key: "promise", label: "承诺天数", num: true, text: (row) => row.promise_days },
    { key: "on_time", label: "近 90 天准时率", num: true, text: (row) => `${row.on_time}%`, sort: (row) => row.on_time },
    { key: "price", label: "单票价格（元）", num: true, text: (row) => row.price },
    {
      key: "used", label: "使用", text: (row) => (row.used ? "使用中" : ""),
      node: (row) => (row.used ? el("strong", {}, "使用中") : button("切换到此线路", () => context.run([{ type: "set_lane", country: row.country, carrier: row.carrier }]), { writes: true, id: `${context.prefix}-lane-${row.id}`, label: `${words.countries[row.country]}切换到${words.carriers[row.carrier]}` })),
    },
  ];
  const filters = [{ key: "country", label: "国家", options: view.lanes.map((lane) => [lane.country, words.countries[lane.country]]), of: (row) => row.country }];
  return [heading("物流线路"), list(context, { name: "lanes", caption: "物流线路", columns, rows, filters, size: 40, search: false, tone: (row) => (row.used ? "success" : null) })];
}

export function skus(context) {
  const { view } = context;
  const holds = view.features.includes("skus");
  const promo = view.skus.some((sku) => sku.promo_price !== null);
  const columns = [
    { key: "code", label: "SKU", text: (sku) => sku.code },
    { key: "title", label: "商品", text: (sku) => `${sku.title} ${sku.title_en}`, wide: true },
    { key: "warehouse", label: "仓库", text: (sku) => sku.warehouse },
    { key: "stock", label: "库存", num: true, text: (sku) => sku.stock },
    { key: "weight", label: "重量（克）", num: true, text: (sku) => sku.weight_g },
    { key: "cost", label: "采购成本（元）", num: true, text: (sku) => sku.cost },
    { key: "price", label: "售价（USD）", num: true, text: (sku) => sku.price },
    ...(promo ? [{ key: "promo", label: "活动价（USD）", num: true, text: (sku) => sku.promo_price ?? "—" }] : []),
    { key: "supplier", label: "供应商", text: (sku) => sku.supplier },
    ...(holds ? [{ key: "held", label: "销售状态", text: (sku) => view.words.hold[sku.held] ?? "在售", node: (sku) => hold(context, sku) }] : []),
  ];
  return [heading("商品与库存"), list(context, { name: "skus", caption: "商品", columns, rows: view.skus, id: (sku) => sku.code, tone: (sku) => (sku.held ? "warn" : null) })];
}

function hold(context, sku) {
  const control = el(
    "select",
    { class: "input wb-choice", id: `${context.prefix}-hold-${sku.code}`, "aria-label": `${sku.code} 的销售状态`, on: { change: () => save(control.value) } },
    el("option", { value: "" }, "在售"),
    ...Object.entries(context.view.words.hold).map(([code, text]) => el("option", { value: code }, `暂停：${text}`)),
  );
  control.value = sku.held;
  const save = (reason) => context.run([reason ? { type: "hold_sku", sku: sku.code, reason } : { type: "release_sku", sku: sku.code }]);
  return el("span", { "data-writes": true }, control);
}

export function findings(context) {
  const { view } = context;
  const { words } = view;
  const kindId = `${context.prefix}-find-kind`;
  const kind = context.drafts.get(kindId) ?? "";
  const redraw = () => context.render();
  const node = form(context, {
    fields: [
      field(context, { key: "find-kind", name: "kind", label: "问题类型", kind: "select", options: Object.entries(words.finding_kinds), act: redraw }),
      field(context, { key: `find-subject-${kind}`, name: "subject", label: "问题对象", kind: "select", options: Object.entries(view.subjects[kind] ?? {}), help: kind ? "" : "先选问题类型。" }),
      field(context, { key: `find-cause-${kind}`, name: "cause", label: "原因", kind: "select", options: Object.entries(words.finding_causes[kind] ?? {}) }),
    ],
    text: "登记问题",
    submit: (values, form) => context.run([{ type: "report_finding", kind: values.kind || "-", subject: values.subject || "-", cause: values.cause || "-" }], { form, done: () => forget(context, form) }),
  });
  const columns = [
    { key: "id", label: "编号", text: (row) => row.id },
    { key: "kind", label: "类型", text: (row) => words.finding_kinds[row.kind] },
    { key: "subject", label: "对象", text: (row) => view.subjects[row.kind]?.[row.subject] ?? row.subject },
    { key: "cause", label: "原因", text: (row) => words.finding_causes[row.kind][row.cause] },
    { key: "act", label: "操作", fixed: true, text: () => "", node: (row) => button("撤回", () => context.run([{ type: "withdraw_finding", finding: row.id }]), { writes: true, id: `${context.prefix}-wd-${row.id}`, label: `撤回 ${row.id}` }) },
  ];
  return [heading("问题登记"), el("p", { class: "muted small" }, "达到预警线的问题逐项登记；误报会被扣分。"), node, list(context, { name: "findings", caption: "已登记的问题", columns, rows: view.findings, search: false, empty: "还没有登记问题。" })];
}
