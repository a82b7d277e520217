// Discs ready to be put down: anti-aliased, a little darker towards one side, for every quarter of a pixel in radius
// and in place. Qt Gui only.
#pragma once

#include <QImage>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace perceiver::ui {

class DiscStamps {
  public:
    static constexpr double kLargest = 48;   ///< pixels of radius; larger discs are drawn at that

    /// Puts a disc about (x, y) over what is there. The image is ARGB32_Premultiplied or RGB32; 0xff in `color`'s
    /// alpha.
    void put(QImage::Format, std::uint32_t* pixels, int stride, int width, int height, float x, float y, float radius,
             QRgb color);

  private:
    struct Texel {
        std::uint16_t ink, cover;   ///< of 256: of the colour, and of everything
    };
    struct Stamp {
        int reach = 0;              ///< columns and rows left of and above the pixel that holds the middle
        int side = 0;
        std::vector<Texel> texels;  ///< [side, side]
        std::vector<std::array<std::int16_t, 2>> spans;   ///< of each row, the columns that are not empty
    };
    static constexpr int kPhases = 4, kSteps = 4;   ///< places and radii of a pixel told apart
    static Stamp make(float radius, float x, float y);
    const Stamp& stamp(float x, float y, float radius);

    std::vector<std::unique_ptr<const Stamp>> stamps_;
};

}  // namespace perceiver::ui
