/** Public surface of `images/`. */
export { openImageStore, type ImageStore, type ImageStoreOptions, type RuntimeImage } from './image-store.ts';
export { loadRecipes, parseRecipe, type Recipe } from './recipe.ts';
export { measureTree, type TreeMeasure } from './archive/measure-tree.ts';
export { hostArchitecture, type Architecture } from './architecture.ts';
export { IMAGES_ERRORS, type ImagesErrorCode } from './errors.ts';
