export * from 'es-module-lexer/minimal/js';
