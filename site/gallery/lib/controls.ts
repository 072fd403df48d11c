/** @file Sliders, buttons and a line of text below the canvas. */

export interface SliderOptions {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly value: number;
  readonly step?: number;
  readonly format?: (value: number) => string;
}

export interface Slider {
  value: number;
}

function element<K extends keyof HTMLElementTagNameMap>(
  parent: HTMLElement,
  tag: K,
  text = "",
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.textContent = text;
  parent.append(made);
  return made;
}

export class Controls {
  private readonly row: HTMLElement;
  private readonly line: HTMLElement;
  private readonly changed: () => void;

  /** @param changed called after any of them was used */
  constructor(host: HTMLElement, changed: () => void) {
    this.row = element(host, "div");
    this.row.className = "g-controls";
    this.line = element(host, "p");
    this.line.className = "g-note";
    this.changed = changed;
  }

  slider(options: SliderOptions, use: (value: number) => void = () => {}): Slider {
    const { label, min, max, value, step = (max - min) / 200, format = String } = options;
    const wrap = element(this.row, "label");
    element(wrap, "span", label);
    const input = element(wrap, "input");
    Object.assign(input, { type: "range", min, max, step, value });
    const output = element(wrap, "output", format(value));
    const slider = { value };
    input.addEventListener("input", () => {
      slider.value = input.valueAsNumber;
      output.textContent = format(slider.value);
      use(slider.value);
      this.changed();
    });
    return slider;
  }

  button(label: string, press: () => void, description = label): HTMLButtonElement {
    const button = element(this.row, "button", label);
    button.type = "button";
    button.setAttribute("aria-label", description);
    button.addEventListener("click", () => {
      press();
      this.changed();
    });
    return button;
  }

  /** Buttons of which one is pressed. */
  choice<T>(options: readonly (readonly [label: string, value: T])[], use: (value: T) => void): void {
    const buttons = options.map(([label, value], i) => {
      const button = this.button(label, () => {
        buttons.forEach((b) => b.setAttribute("aria-pressed", String(b === button)));
        use(value);
      });
      button.setAttribute("aria-pressed", String(i === 0));
      return button;
    });
  }

  label(text: string): void {
    element(this.row, "span", text).style.color = "var(--g-muted)";
  }

  /** Writes the line of text. */
  note(text: string): void {
    if (this.line.textContent !== text) this.line.textContent = text;
  }
}
