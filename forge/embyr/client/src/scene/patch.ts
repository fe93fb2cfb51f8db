// Our own lines in three's materials, which bring light, shadows and fog.
import { type IUniform, type Material, MeshDepthMaterial, Vector2, Vector3 } from "three";

export type Uniforms = { [name: string]: IUniform };

/** What all shaders of the world share; the values are written once a frame. */
export interface Shared extends Uniforms {
  /** Seconds. */
  uTime: IUniform<number>;
  /** How far we are between the last tick and the next, 0 … 1. */
  uPhase: IUniform<number>;
  /** The tick's time in seconds of uTime, and how long it lasts. */
  uBeat: IUniform<Vector2>;
  uEye: IUniform<Vector3>;
  /** Towards the sun. */
  uSun: IUniform<Vector3>;
  /** Size of the picture in pixels. */
  uScreen: IUniform<Vector2>;
  /** How low plants are kept, 0 … 1, so that they do not hide what is laid over the land. */
  uLow: IUniform<number>;
  /** How much larger plants are drawn where some stand for all. */
  uThin: IUniform<number>;
}

export function shared(): Shared {
  return {
    uTime: { value: 0 },
    uPhase: { value: 1 },
    uBeat: { value: new Vector2(0, 0.5) },
    uEye: { value: new Vector3() },
    uSun: { value: new Vector3(0, 1, 0) },
    uScreen: { value: new Vector2(1, 1) },
    uLow: { value: 0 },
    uThin: { value: 1 },
  };
}

/** Where our lines go; all are optional. */
export interface Lines {
  uniforms: Uniforms;
  /** Before main, in both shaders. */
  common?: string;
  vertexHead?: string;
  /** Changes `objectNormal`. */
  normal?: string;
  /** Changes `transformed`. */
  position?: string;
  /** Last in the vertex shader; `mvPosition` is known. */
  vertexEnd?: string;
  fragmentHead?: string;
  /** Changes `diffuseColor`. */
  color?: string;
  /** Changes `normal`, in view space. */
  fragmentNormal?: string;
  /** Changes `totalEmissiveRadiance` or `outgoingLight`. */
  light?: string;
}

const DEFAULTS = { common: "", vertexHead: "", normal: "", position: "", vertexEnd: "" };

/** Put our lines into a material. Modifies the material in place, and returns it. */
export function patch<M extends Material>(material: M, key: string, lines: Lines): M {
  const own = { ...DEFAULTS, fragmentHead: "", color: "", fragmentNormal: "", light: "", ...lines };
  material.onBeforeCompile = shader => {
    Object.assign(shader.uniforms, own.uniforms);
    shader.vertexShader = shader.vertexShader
      .replace("#include <common>", `#include <common>\n${own.common}\n${own.vertexHead}`)
      .replace("#include <beginnormal_vertex>", `#include <beginnormal_vertex>\n${own.normal}`)
      .replace("#include <begin_vertex>", `#include <begin_vertex>\n${own.position}`)
      .replace("#include <fog_vertex>", `#include <fog_vertex>\n${own.vertexEnd}`);
    shader.fragmentShader = shader.fragmentShader
      .replace("#include <common>", `#include <common>\n${own.common}\n${own.fragmentHead}`)
      .replace("#include <color_fragment>", `#include <color_fragment>\n${own.color}`)
      .replace(
        "#include <normal_fragment_maps>",
        `#include <normal_fragment_maps>\n${own.fragmentNormal}`,
      )
      .replace("#include <envmap_fragment>", own.light);
  };
  material.customProgramCacheKey = () => key;
  return material;
}

/** Make what draws the shadow of a patched material: the same shape, no colour. */
export function shadowOf(key: string, lines: Lines): MeshDepthMaterial {
  const { uniforms, common = "", vertexHead = "", position = "" } = lines;
  const shape = { uniforms, common, vertexHead, position };
  return patch(new MeshDepthMaterial(), `${key}-shadow`, shape);
}
