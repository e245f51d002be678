/** Form fields: each a label and its control, so that every one is reached and read by keyboard and screen reader. */
import type { ComponentChildren, InputHTMLAttributes } from 'preact';
import { useId, useRef } from 'preact/hooks';

interface Labelled {
  label: string;
  /** Said under it. */
  hint?: string | undefined;
}

/** A label, its control, and what is said under it. */
function Field(props: Labelled & { control: (id: string, described: string | undefined) => ComponentChildren }) {
  const { label, hint, control } = props;
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {control(id, hint && `${id}-hint`)}
      {hint && (
        <small id={`${id}-hint`} class="soft">
          {hint}
        </small>
      )}
    </div>
  );
}

/** An input that hands on what stands in it where that is good, and is marked where it is not. */
function InputField(
  props: Labelled & {
    attributes: InputHTMLAttributes;
    isGood: (text: string) => boolean;
    set: (text: string) => void;
  },
) {
  const { attributes, isGood, set } = props;
  const take = (input: HTMLInputElement) => {
    const good = isGood(input.value);
    input.setAttribute('aria-invalid', String(!good));
    if (good) set(input.value);
  };
  return (
    <Field
      {...props}
      control={(id, described) => (
        <input
          {...attributes}
          id={id}
          aria-describedby={described}
          onChange={({ currentTarget }) => take(currentTarget)}
        />
      )}
    />
  );
}

export function NumberField(
  props: Labelled & { value: number; min: number; max: number; step?: number | 'any'; set: (value: number) => void },
) {
  const { label, hint, value, min, max, step = 'any', set } = props;
  const isGood = (text: string) => {
    const read = Number(text);
    return text !== '' && read >= min && read <= max && (step !== 1 || Number.isInteger(read));
  };
  const attributes = { type: 'number', value, min, max, step } as const;
  return <InputField {...{ label, hint, attributes, isGood }} set={(text) => set(Number(text))} />;
}

/** A slider over powers of ten, or over plain numbers. */
export function SliderField(
  props: Labelled & {
    value: number;
    min: number;
    max: number;
    step?: number;
    log?: boolean;
    set: (value: number) => void;
  },
) {
  const { label, value, min, max, log = false, step = log ? 0.05 : 0.5, set } = props;
  const id = useId();
  const to = (number: number) => (log ? Math.log10(number) : number);
  const from = (place: number) => Number((log ? 10 ** place : place).toPrecision(2));
  const output = useRef<HTMLOutputElement>(null);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="slider">
        <input
          id={id}
          type="range"
          min={to(min)}
          max={to(max)}
          step={step}
          value={to(value)}
          aria-valuetext={String(value)}
          onInput={(event) => {
            output.current!.textContent = String(from(Number(event.currentTarget.value)));
          }}
          onChange={(event) => set(from(Number(event.currentTarget.value)))}
        />
        <output for={id} ref={output}>
          {value}
        </output>
      </span>
    </div>
  );
}

export function ChoiceField<T extends string>(
  props: Labelled & { value: T; choices: readonly (readonly [T, string])[]; set: (value: T) => void },
) {
  const { value, choices, set } = props;
  return (
    <Field
      {...props}
      control={(id) => (
        <select id={id} value={value} onChange={(event) => set(event.currentTarget.value as T)}>
          {choices.map(([key, text]) => (
            <option key={key} value={key}>
              {text}
            </option>
          ))}
        </select>
      )}
    />
  );
}

export function TextField(props: Labelled & { value: string; pattern?: RegExp; set: (value: string) => void }) {
  const { label, hint, value, pattern, set } = props;
  const attributes = { type: 'text', spellcheck: false, autocomplete: 'off', value } as const;
  return <InputField {...{ label, hint, attributes, set }} isGood={(text) => !pattern || pattern.test(text)} />;
}

export function CheckField(props: Labelled & { checked: boolean; set: (checked: boolean) => void }) {
  const id = useId();
  return (
    <div class="field check">
      <input
        id={id}
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.set(event.currentTarget.checked)}
      />
      <label for={id}>{props.label}</label>
    </div>
  );
}

export function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <fieldset>
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}
