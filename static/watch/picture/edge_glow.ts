/// <reference lib="dom" />

/** Draws a picture's edges as glowing lines, on the graphics card and as large as the picture is. Null where there is no WebGL. */
export function createEdgeGlow(canvas: HTMLCanvasElement): { draw(picture: HTMLCanvasElement): void } | null {
  const gl = canvas.getContext("webgl", { alpha: false, antialias: false, depth: false });
  if (!gl) return null;
  let program = prepare(gl);
  canvas.addEventListener("webglcontextlost", (event) => {
    // Prevented, it comes back; until then calls do nothing.
    event.preventDefault();
    program = null;
  });
  canvas.addEventListener("webglcontextrestored", () => program = prepare(gl));

  return {
    draw(picture) {
      if (program === null) return;
      const { width, height } = picture;
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      gl.viewport(0, 0, width, height);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB, gl.RGB, gl.UNSIGNED_BYTE, picture);
      gl.uniform2f(gl.getUniformLocation(program, "pixel"), 1 / width, 1 / height);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
  };
}

/** One triangle that covers all. */
const CORNERS = new Float32Array([-1, -1, 3, -1, -1, 3]);

const VERTEX = `
attribute vec2 corner;
varying vec2 at;
void main() {
  at = vec2(corner.x * 0.5 + 0.5, 0.5 - corner.y * 0.5);
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

// The difference across each picture point, in brightness, along both axes; the point's own colour tints the line.
const FRAGMENT = `
precision mediump float;
uniform sampler2D picture;
uniform vec2 pixel;
varying vec2 at;
float brightness(vec2 offset) {
  return dot(texture2D(picture, at + offset * pixel).rgb, vec3(0.299, 0.587, 0.114));
}
void main() {
  float across = brightness(vec2(1.0, 0.0)) - brightness(vec2(-1.0, 0.0));
  float down = brightness(vec2(0.0, 1.0)) - brightness(vec2(0.0, -1.0));
  float edge = clamp(4.0 * length(vec2(across, down)), 0.0, 1.0);
  vec3 own = texture2D(picture, at).rgb;
  gl_FragColor = vec4(own * 0.12 + edge * mix(vec3(0.25, 0.95, 1.0), own + 0.25, 0.4), 1.0);
}`;

function prepare(gl: WebGLRenderingContext): WebGLProgram | null {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
    const shader = gl.createShader(kind);
    if (shader === null) return null;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  gl.useProgram(program);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, CORNERS, gl.STATIC_DRAW);
  const corner = gl.getAttribLocation(program, "corner");
  gl.enableVertexAttribArray(corner);
  gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  for (
    const [name, value] of [
      [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE],
      [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
      [gl.TEXTURE_MIN_FILTER, gl.LINEAR],
      [gl.TEXTURE_MAG_FILTER, gl.LINEAR],
    ] as const
  ) gl.texParameteri(gl.TEXTURE_2D, name, value);
  return program;
}
