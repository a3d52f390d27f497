// Exact numbers as texts. What is computed here is for drawing only; every verdict comes from the service.

const NUMBER = /^\s*[-+−]?(\d+(\.\d*)?|\.\d+)(\s*\/\s*[1-9]\d*)?\s*$/;

export const isNumber = (text) => NUMBER.test(text);

/** A number as it is sent: with an ordinary minus, without blanks. */
export const plain = (text) => text.replace("−", "-").replaceAll(/\s/g, "").replace(/^\+/, "");

/** Near enough to draw; of an interval its middle. */
export function approximate(value) {
  if (Array.isArray(value)) return (approximate(value[0]) + approximate(value[1])) / 2;
  if (value === null || value === undefined) return NaN;
  const [top, bottom] = plain(String(value)).split("/");
  return Number(top) / Number(bottom ?? 1);
}

/** A number to look at: long fractions by their first digits, intervals by their middle. */
export function shown(value) {
  if (value === null || value === undefined) return "any";
  if (Array.isArray(value)) return approximate(value).toPrecision(5);
  const text = String(value);
  return text.length <= 9 ? text : `≈ ${approximate(text).toPrecision(5)}`;
}

/** Quarters, as a slider gives them, as a decimal. */
export const fromSlider = (value) => String(Number(value));

/** A form {"x": "2", "1": "-1"} as people write it. */
export function form(record) {
  const parts = Object.entries(record).map(([name, factor]) => {
    if (name === "1") return factor;
    return factor === "1" ? name : factor === "-1" ? `-${name}` : `${factor}·${name}`;
  });
  return parts.length ? parts.join(" + ").replaceAll("+ -", "− ") : "0";
}
