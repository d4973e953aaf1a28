export function NowView() {
  return <h1>Now</h1>;
}
