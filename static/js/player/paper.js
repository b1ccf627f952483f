// The paper in this candidate's order: one flat list of questions, numbered through, and the sections they belong to.

/** paper: the public payload; order: `{slots: [[slot, …] by section], options: {slot: [id, …]}}`. */
export function layOut(paper, order) {
  const questions = [];
  const sections = paper.sections.map((section, index) => {
    const bySlot = new Map(section.slots.map((slot) => [slot.slot, slot]));
    const ids = order?.slots?.[index] ?? [...bySlot.keys()];
    const own = ids.map((id) => bySlot.get(id)).filter(Boolean).map((slot) => {
      const question = { ...slot, index: questions.length, number: questions.length + 1, section: index, options: order?.options?.[slot.slot] ?? null };
      questions.push(question);
      return question;
    });
    return { number: index + 1, title: section.title, questions: own, points: sum(own.map((question) => question.points)) };
  });
  return { questions, sections };
}

/** Decimals written as text, added without rounding errors. */
function sum(points) {
  const hundredths = points.reduce((total, text) => total + Math.round(Number(text) * 100), 0);
  return String(hundredths / 100);
}

/** How far an answer goes: "", "partial" or "answered". */
export function extent(question, value) {
  if (value === null || value === undefined) return "";
  if (question.kind === "fill_blank" && Object.keys(value.blanks ?? {}).length < question.content.blanks.length) return "partial";
  if (question.kind === "matching" && Object.keys(value.pairs ?? {}).length < question.content.left.length) return "partial";
  return "answered";
}

/** Kinds whose answers are typed: their changes wait a moment for more. */
export const TYPED = new Set(["fill_blank", "numeric", "short_answer"]);
