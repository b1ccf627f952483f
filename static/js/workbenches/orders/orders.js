// Orders: the list with its states and bulk actions, and the page of one order.

import { el } from "../../kinds/dom.js";
import { badge, button, facts, field, forget, form, heading, list, money, when } from "./ui.js";

const STATUSES = ["review", "to_ship", "exception", "unpaid", "shipped", "completed", "cancelled"];

export function orders(context) {
  const { view, arg } = context;
  const order = arg && view.orders.find((entry) => entry.number === arg);
  return order ? detail(context, order) : overview(context);
}

function overview(context) {
  const { view } = context;
  const { status, countries } = view.words;
  const review = view.features.includes("review");
  const present = STATUSES.filter((code) => view.orders.some((order) => order.status === code));
  const codes = [...new Set(view.orders.map((order) => order.address.country))].sort();
  const bulk = review
    ? [{ text: "审核放行", tone: "primary", act: (rows) => all(rows, (order) => ({ type: "release_order", order: order.number })) }]
    : [
        { text: "声明发货", tone: "primary", act: (rows) => all(rows, (order) => ({ type: "ship_order", order: order.number })) },
        { text: "合并发货", act: (rows) => rows.length && act([{ type: "merge_orders", orders: rows.map((order) => order.number) }]) },
      ];
  function all(rows, command) {
    if (rows.length) act(rows.map(command));
  }
  function act(commands) {
    context.picked.get("orders").clear();
    context.run(commands);
  }
  const columns = [
    { key: "number", label: "订单号", text: (order) => order.number, node: (order) => link(context, order) },
    { key: "status", label: "状态", text: (order) => status[order.status], node: (order) => badge(order.status, status[order.status]) },
    { key: "buyer", label: "买家", text: (order) => `${order.buyer} ${countries[order.address.country]}`, node: (order) => [el("div", {}, order.buyer), el("div", { class: "muted" }, countries[order.address.country])] },
    { key: "goods", label: "商品", text: goods, node: (order) => order.lines.map((line) => el("div", {}, `${line.sku}×${line.qty}`)) },
    { key: "total", label: "实付", num: true, text: (order) => money(order.total, order.currency), sort: (order) => order.total },
    ...(review
      ? [
          { key: "discounts", label: "使用的优惠", text: used, node: (order) => used(order).split("；").map((text) => el("div", {}, text)) },
          { key: "goods_sum", label: "商品金额", num: true, text: (order) => order.goods },
          { key: "history", label: "历史订单数", num: true, text: (order) => order.buyer_history },
        ]
      : [
          { key: "ship_by", label: "最晚发货", text: (order) => when(order.ship_by) },
          { key: "tracking", label: "运单号", text: tracking, node: (order) => tracking(order).split("；").map((number) => el("div", {}, number)) },
        ]),
  ];
  const filters = [
    { key: "status", label: "状态", options: present.map((code) => [code, status[code]]), of: (order) => order.status },
    { key: "country", label: "国家", options: codes.map((code) => [code, countries[code]]), of: (order) => order.address.country },
  ];
  return [heading("订单"), list(context, { name: "orders", caption: "订单列表", columns, rows: view.orders, filters, bulk, id: (order) => order.number })];
}

function used(order) {
  return order.discounts.map((entry) => `${entry.coupon} −${entry.amount}`).join("；") || "无";
}

function tracking(order) {
  return order.merged_into ? `并入 ${order.merged_into}` : order.parcels.map((parcel) => parcel.tracking || "未填").join("；");
}

export function goods(order) {
  return order.lines.map((line) => `${line.sku}×${line.qty}`).join("；");
}

export function link(context, order, place = "list") {
  return button(order.number, () => context.go("orders", order.number), { tone: "quiet", id: `${context.prefix}-open-${place}-${order.number}`, label: `打开订单 ${order.number}` });
}

function detail(context, order) {
  const { view } = context;
  const { words } = view;
  const send = (command, options) => context.run([{ ...command, order: order.number }], options);
  const waiting = order.status === "to_ship" || order.status === "review" || order.status === "exception";
  return [
    el("div", { class: "wb-back" }, button("← 返回订单列表", () => context.go("orders"), { tone: "quiet", id: `${context.prefix}-back` })),
    heading(`订单 ${order.number}`, badge(order.status, words.status[order.status]), ...actions(context, order, send)),
    related(context, order),
    el(
      "div",
      { class: "wb-cols" },
      el(
        "section",
        {},
        el("h3", {}, "订单信息"),
        facts([
          ["买家", `${order.buyer}（历史订单 ${order.buyer_history}）`],
          ["付款时间", when(order.paid_at)],
          ["最晚发货", when(order.ship_by)],
          ["发货时间", when(order.shipped_at)],
          ["商品金额", money(order.goods, order.currency)],
          ["优惠", order.discounts.length ? order.discounts.map((entry) => el("div", {}, `${couponLabel(view, entry.coupon)} −${entry.amount}`)) : "无"],
          ["运费", money(order.shipping_fee, order.currency)],
          ["实付", el("strong", {}, money(order.total, order.currency))],
          ...(order.reason ? [["原因", words.cancel[order.reason] ?? words.cannot_ship[order.reason] ?? order.reason]] : []),
        ]),
      ),
      el("section", {}, el("h3", {}, "收件地址"), address(order.address, words), waiting ? addressForm(context, order, send) : null),
    ),
    el("section", {}, el("h3", {}, "商品"), lines(view, order)),
    order.status === "review" || order.status === "unpaid" || order.status === "cancelled" ? null : el("section", {}, el("h3", {}, "包裹与运单"), parcels(context, order, send)),
    waiting || order.status === "unpaid" ? el("section", {}, el("h3", {}, "其他处理"), el("div", { class: "wb-cols" }, exceptionForm(context, order, send), cancelForm(context, order, send))) : null,
    el("section", {}, el("h3", {}, "备注"), noteForm(context, order, send)),
    order.events.length ? el("section", {}, el("h3", {}, "物流轨迹"), el("ol", { class: "wb-track" }, ...order.events.map((event) => el("li", {}, el("time", {}, when(event.at)), ` ${event.place} · ${event.text}`)))) : null,
    order.timeline.length ? el("section", {}, el("h3", {}, "操作记录"), el("ol", { class: "wb-track" }, ...order.timeline.map((text) => el("li", {}, text)))) : null,
  ];
}

function couponLabel(view, id) {
  return view.coupons.find((coupon) => coupon.id === id)?.label ?? id;
}

function actions(context, order, send) {
  const id = (name) => `${context.prefix}-${name}-${order.number}`;
  if (order.status === "review") return [button("审核放行", () => send({ type: "release_order" }), { tone: "primary", writes: true, id: id("release") })];
  if (order.merged_into) return [button("取消合并", () => send({ type: "unmerge_orders" }), { writes: true, id: id("unmerge") })];
  if (order.status === "exception") return [button("撤销异常", () => send({ type: "clear_exception" }), { writes: true, id: id("clear") })];
  if (order.status !== "to_ship") return [];
  const lead = context.view.orders.some((other) => other.merged_into === order.number);
  return [
    lead ? button("取消合并", () => send({ type: "unmerge_orders" }), { writes: true, id: id("unmerge") }) : null,
    order.timeline.includes("审核放行") ? button("撤回放行", () => send({ type: "unrelease_order" }), { writes: true, id: id("unrelease") }) : null,
    context.view.features.includes("review") ? null : button("声明发货", () => send({ type: "ship_order" }), { tone: "primary", writes: true, id: id("ship") }),
  ];
}

function related(context, order) {
  const { view } = context;
  const notes = [];
  if (order.merged_into) notes.push(el("p", { class: "wb-note" }, "本单已合并到 ", link(context, { number: order.merged_into }, "lead"), " 一起发货。"));
  const joined = view.orders.filter((other) => other.merged_into === order.number);
  if (joined.length) notes.push(el("p", { class: "wb-note" }, `与 ${joined.map((other) => other.number).join("、")} 合并发货。`));
  for (const message of view.messages.filter((entry) => entry.order === order.number)) {
    notes.push(el("p", { class: "wb-note" }, `买家消息：${message.text} `, button("查看消息", () => context.go("messages", message.id), { tone: "quiet" })));
  }
  for (const entry of view.cases.filter((found) => found.order === order.number)) {
    notes.push(el("p", { class: "wb-note" }, `退款申请 ${entry.id}：${view.words.claims[entry.claim]} `, button("查看申请", () => context.go("cases", entry.id), { tone: "quiet" })));
  }
  return notes.length ? el("div", { class: "wb-notes" }, ...notes) : null;
}

function address(place, words) {
  return facts([
    ["收件人", place.name],
    ["地址", place.line1],
    ["城市 / 州省", `${place.city} / ${place.region}`],
    ["邮编", place.postcode],
    ["国家", `${words.countries[place.country]}（${place.country}）`],
    ["电话", place.phone || "—"],
  ]);
}

function addressForm(context, order, send) {
  const place = order.address;
  const at = (name, label, need = true) => field(context, { key: `addr-${order.number}-${name}`, name, label, value: place[name], need });
  const node = form(context, {
    fields: [
      at("name", "收件人"), at("line1", "街道地址"), at("city", "城市"), at("region", "州 / 省", false), at("postcode", "邮编"),
      field(context, { key: `addr-${order.number}-country`, name: "country", label: "国家", kind: "select", value: place.country, options: Object.entries(context.view.words.countries) }),
    ],
    text: "保存地址",
    submit: (values, form) => send({ type: "change_address", ...values }, { form, done: () => forget(context, form) }),
  });
  return el("details", { class: "wb-more", id: `${context.prefix}-addr-${order.number}` }, el("summary", {}, "修改地址"), node);
}

function lines(view, order) {
  const title = (code) => view.skus.find((sku) => sku.code === code)?.title ?? "";
  const house = (code) => view.skus.find((sku) => sku.code === code)?.warehouse ?? "";
  return el(
    "div",
    { class: "table-wrap wb-scroll", tabindex: "0", role: "region", "aria-label": "商品明细" },
    el(
      "table",
      { class: "table table--dense" },
      el("thead", {}, el("tr", {}, ...["SKU", "商品", "仓库", "单价", "件数", "小计"].map((text, index) => el("th", { scope: "col", class: index > 2 ? "num" : null }, text)))),
      el("tbody", {}, ...order.lines.map((line) => el("tr", {}, el("td", {}, line.sku), el("td", {}, title(line.sku)), el("td", {}, house(line.sku)), el("td", { class: "num" }, line.unit_price), el("td", { class: "num" }, String(line.qty)), el("td", { class: "num" }, (Number(line.unit_price) * line.qty).toFixed(2))))),
    ),
  );
}

function parcels(context, order, send) {
  const { view } = context;
  if (order.merged_into) return el("p", { class: "muted" }, "包裹在主订单上处理。");
  const rows = view.file_rows.filter((row) => row.ref.split("+").includes(order.number));
  const sku = (line) => order.lines.find((entry) => entry.id === line)?.sku ?? line;
  const carriers = Object.entries(view.words.carriers);
  const boxes = order.parcels.map((parcel) => {
    const key = `${order.number}-${parcel.id}`;
    const node = form(context, {
      fields: [
        field(context, { key: `carrier-${key}`, name: "carrier", label: "物流商", kind: "select", value: parcel.carrier, options: carriers, help: "" }),
        field(context, { key: `tracking-${key}`, name: "tracking", label: "运单号", value: parcel.tracking, help: parcel.carrier ? view.words.shapes[parcel.carrier] : "" }),
      ],
      text: parcel.tracking ? "更新运单号" : "保存运单号",
      submit: (values, form) => send({ type: "set_tracking", parcel: parcel.id, ...values }, { form, done: () => forget(context, form) }),
      extra: parcel.tracking && order.status === "to_ship" ? [button("清除", () => send({ type: "clear_tracking", parcel: parcel.id }), { tone: "quiet" })] : [],
    });
    const editable = order.status === "to_ship" || order.status === "shipped";
    return el(
      "div",
      { class: "wb-parcel" },
      el("p", {}, el("strong", {}, `包裹 ${parcel.id}`), `　${parcel.items.map((item) => `${sku(item.line)}×${item.qty}`).join("；")}　${parcel.weight_g} 克`),
      editable ? node : el("p", {}, parcel.tracking ? `${view.words.carriers[parcel.carrier]} ${parcel.tracking}` : "未发货"),
      order.status === "to_ship" && rows.length ? pickFrom(context, node, rows, key) : null,
    );
  });
  return el("div", { class: "wb-parcels" }, ...boxes, order.status === "to_ship" ? splitForm(context, order, send) : null);
}

function pickFrom(context, node, rows, key) {
  const fill = (row) => {
    for (const name of ["carrier", "tracking"]) {
      const control = node.querySelector(`[name="${name}"]`);
      control.value = row[name];
      context.drafts.set(control.id, row[name]);
    }
    node.querySelector("button").focus();
  };
  return el(
    "p",
    { class: "wb-filerefs", "data-writes": true },
    "物流单文件：",
    ...rows.map((row) => button(`填入 ${row.id} ${context.view.words.carriers[row.carrier]} ${row.tracking}`, () => fill(row), { tone: "quiet", id: `${context.prefix}-fill-${key}-${row.id}` })),
  );
}

function splitForm(context, order, send) {
  const pieces = order.lines.reduce((sum, line) => sum + line.qty, 0);
  if (pieces < 2) return null;
  const now = (line) => String(order.parcels.find((parcel) => parcel.items.some((item) => item.line === line.id))?.id.slice(1) ?? 1);
  const options = Array.from({ length: Math.min(pieces, 5) }, (_, index) => [String(index + 1), `包裹 ${index + 1}`]);
  const rows = order.lines.flatMap((line) => Array.from({ length: line.qty }, (_, index) => ({ line, index })));
  const node = form(context, {
    fields: rows.map(({ line, index }) =>
      field(context, { key: `split-${order.number}-${line.id}-${index}`, name: `${line.id}:${index}`, label: `${line.sku}（第 ${index + 1} 件）`, kind: "select", value: now(line), options }),
    ),
    text: "保存拆分",
    submit: (values, form) => {
      const parts = new Map();
      for (const [name, parcel] of Object.entries(values)) {
        if (!parcel) continue;
        const line = name.split(":")[0];
        if (!parts.has(parcel)) parts.set(parcel, new Map());
        parts.get(parcel).set(line, (parts.get(parcel).get(line) ?? 0) + 1);
      }
      const list = [...parts.entries()].sort(([a], [b]) => a - b).map(([, items]) => [...items].map(([line, qty]) => ({ line, qty })));
      if (list.length) send({ type: "split_parcel", parcels: list }, { form, done: () => forget(context, form) });
    },
  });
  return el("details", { class: "wb-more" }, el("summary", {}, "拆分包裹（逐件指定包裹）"), node);
}

function exceptionForm(context, order, send) {
  if (order.status !== "to_ship") return el("div", {});
  return form(context, {
    fields: [
      field(context, { key: `exc-${order.number}`, name: "reason", label: "无法发货的原因", kind: "select", options: Object.entries(context.view.words.cannot_ship) }),
      field(context, { key: `excn-${order.number}`, name: "note", label: "说明（可不填）" }),
    ],
    text: "标记发货异常",
    tone: "",
    submit: (values, form) => send({ type: "mark_exception", ...values, reason: values.reason || "-" }, { form, done: () => forget(context, form) }),
  });
}

function cancelForm(context, order, send) {
  return form(context, {
    fields: [field(context, { key: `cancel-${order.number}`, name: "reason", label: "取消原因", kind: "select", options: Object.entries(context.view.words.cancel), help: "取消后不能恢复。" })],
    text: "取消订单",
    tone: "danger",
    submit: (values, form) => send({ type: "cancel_order", reason: values.reason || "-" }, { form, ask: values.reason ? `取消订单 ${order.number}？取消后不能恢复。` : "", done: () => forget(context, form) }),
  });
}

function noteForm(context, order, send) {
  return form(context, {
    fields: [field(context, { key: `note-${order.number}`, name: "text", label: "仅店铺可见", value: order.note })],
    text: "保存备注",
    tone: "",
    submit: (values, form) => send({ type: "set_note", ...values }, { form, done: () => forget(context, form) }),
  });
}
