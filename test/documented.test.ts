import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { root } from './support/cli.js';

// What a reader of the declarations sees: every member of every public type says what it is.

/** The members of a declaration that have no docstring, by their path, and how many members there are. */
function undocumented(declaration: ts.Node, path: string): { missing: string[]; count: number } {
  const missing: string[] = [];
  let count = 0;
  const visit = (node: ts.Node, above: string): void => {
    let here = above;
    if (isMember(node)) {
      if (isHidden(node)) return;
      here = `${above}.${node.name.getText()}`;
      count++;
      if (!isDocumented(node)) missing.push(here);
    }
    // What functions do inside is nobody's interface, nor are the values of constants.
    if (ts.isBlock(node) || ts.isObjectLiteralExpression(node)) return;
    ts.forEachChild(node, (child) => {
      // What a conditional type, or Extract, asks for is no member.
      const asked = ts.isConditionalTypeNode(node)
        ? node.extendsType
        : isExtract(node)
          ? node.typeArguments?.[1]
          : undefined;
      if (child !== asked) visit(child, here);
    });
  };
  visit(declaration, path);
  return { missing, count };
}

type Member =
  | ts.PropertySignature
  | ts.MethodSignature
  | ts.PropertyDeclaration
  | ts.MethodDeclaration
  | ts.GetAccessorDeclaration;

const isExtract = (node: ts.Node): node is ts.TypeReferenceNode =>
  ts.isTypeReferenceNode(node) && node.typeName.getText() === 'Extract';

const isMember = (node: ts.Node): node is Member =>
  ts.isPropertySignature(node) ||
  ts.isMethodSignature(node) ||
  ts.isPropertyDeclaration(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isGetAccessorDeclaration(node);

/** Private, or not in the declarations that are published. */
const isHidden = (node: Member): boolean =>
  ts.isPrivateIdentifier(node.name) ||
  ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal') ||
  (ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword));

/**
 * A docstring that says more than the name: another word is left without it and without articles. The name of a member of a
 * union (`type: 'dense'`, a literal) needs none: it is what the type that it stands in is called.
 */
function isDocumented(node: Member): boolean {
  if (ts.isPropertySignature(node) && node.type && isName(node.type)) return true;
  const text = ts
    .getJSDocCommentsAndTags(node)
    .map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? '')
    .join(' ');
  const said = text.toLowerCase().match(/[a-z0-9]{2,}/g) ?? [];
  const name = node.name.getText().toLowerCase();
  return said.some((word) => !name.includes(word) && !['the', 'an', 'of', 'its', 'this'].includes(word));
}

const isName = (type: ts.TypeNode): boolean => ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal);

describe('the public types', () => {
  const rooms = readdirSync(join(root, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, 'src', entry.name, 'index.ts'))
    .filter((path) => ts.sys.fileExists(path));
  const program = ts.createProgram([join(root, 'src/index.ts'), ...rooms], {
    ...ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config.compilerOptions,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: undefined,
  });
  const checker = program.getTypeChecker();
  const declarations = new Map<ts.Node, string>();
  for (const path of [join(root, 'src/index.ts'), ...rooms]) {
    const file = program.getSourceFile(path);
    const symbol = file && checker.getSymbolAtLocation(file);
    for (const exported of symbol ? checker.getExportsOfModule(symbol) : []) {
      const target = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      for (const declaration of target.declarations ?? []) {
        const isType =
          ts.isInterfaceDeclaration(declaration) ||
          ts.isTypeAliasDeclaration(declaration) ||
          ts.isClassDeclaration(declaration) ||
          ts.isFunctionDeclaration(declaration);
        if (isType && declaration.getSourceFile().fileName.startsWith(join(root, 'src')))
          declarations.set(declaration, target.name);
      }
    }
  }
  const found = [...declarations].map(([node, name]) => undocumented(node, name));

  it('have a docstring at every member', () => {
    expect(found.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(700);
    expect(found.flatMap(({ missing }) => missing)).toEqual([]);
  });
});
