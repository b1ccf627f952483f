// The pages of the back office in the order of the navigation; each shows itself where one of its features is open.

import { cases, file, messages } from "./aftersale.js";
import { answerForm, report, rules, supply, traffic } from "./data.js";
import { orders } from "./orders.js";
import { findings, lanes, promotions, skus } from "./settings.js";

const open = (rows, test) => rows.filter(test).length;

export const PAGES = [
  {
    name: "orders", label: "订单", needs: ["orders"], draw: orders,
    count: (view) => open(view.orders, (order) => order.status === "to_ship" || order.status === "review"),
  },
  { name: "file", label: "物流单文件", needs: ["file"], draw: file },
  { name: "cases", label: "退款售后", needs: ["refunds"], draw: cases, count: (view) => open(view.cases, (entry) => entry.status === "open") },
  {
    name: "messages", label: "消息", needs: ["messages"], draw: messages,
    count: (view) => open(view.messages, (message) => message.status === "open" && message.request),
  },
  { name: "promo", label: "促销设置", needs: ["promo"], draw: promotions },
  { name: "report", label: "订单报告", needs: ["report"], draw: report },
  { name: "traffic", label: "流量与广告", needs: ["traffic"], draw: traffic },
  { name: "supply", label: "采购到货", needs: ["supply"], draw: supply },
  { name: "lanes", label: "物流线路", needs: ["lanes"], draw: lanes },
  { name: "skus", label: "商品与库存", needs: ["orders", "skus", "skus_view"], draw: skus },
  { name: "findings", label: "问题登记", needs: ["findings"], draw: findings, count: (view) => view.findings.length },
  { name: "rules", label: "规则", needs: ["rules"], draw: rules },
  { name: "form", label: "答题表", needs: ["form"], draw: answerForm, count: (view) => view.fields.length - Object.keys(view.answers).length },
];
