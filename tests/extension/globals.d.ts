// What the content scripts share: classic scripts of one isolated world, which have no imports.
declare var wayfill: any;
declare var browser: typeof chrome | undefined;
