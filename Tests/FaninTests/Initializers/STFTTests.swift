import Fanin
import Testing

@Test func stftIsCosineAndSineOfTheFrame() throws {
  let window = (0..<8).map { 0.5 + Double($0) }
  for side in STFT.Side.allCases {
    let kernel = try STFT(side: side, window: window, scaling: 2).values(shape: [8, 1, 5])
    for t in 0..<8 {
      for f in 0..<5 {
        let angle = -2 * Double.pi * Double(t * f) / 8
        let wave = side == .real ? Double.cosine(angle) : Double.sine(angle)
        // The angle is below 32, where float32 has steps of 2⁻¹⁹; three roundings follow it.
        #expect(abs(Double(kernel[5 * t + f]) - wave * window[t] / 2) < 4 * (0x1p-19 + 4 * 0x1p-24))
      }
    }
  }
  #expect(throws: FaninError.self) { try STFT(side: .real, window: window, scaling: 2).values(shape: [7, 1, 5]) }
  #expect(throws: FaninError.self) { try STFT(side: .real, window: nil, scaling: 0) }
  #expect(try STFT(side: .real, window: nil, scaling: 1).values(shape: [0, 1, .max]).isEmpty)
}
