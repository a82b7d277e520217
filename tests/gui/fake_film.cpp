#include "fake_film.h"

namespace perceiver::ui::test {

namespace {

api::PicturePtr plain(int width, int height, const QColor& color) {
    auto picture = std::make_shared<api::Picture>();
    picture->width = width;
    picture->height = height;
    for (int i = 0; i < width * height; ++i)
        for (const int v : {color.red(), color.green(), color.blue()}) picture->rgb.push_back(std::uint8_t(v));
    return picture;
}

api::Spectrogram quiet() {
    api::Spectrogram s;
    s.rows = 4;
    s.cols = 12;
    s.step = kWindow / s.cols;
    s.low = -80;
    s.decibels.assign(std::size_t(s.rows * s.cols), -60.0F);
    s.hertz = {40, 400, 1000, 2000, 4000};
    return s;
}

}  // namespace

QColor colourOf(int frame) { return {10 + 15 * frame, 200 - 10 * frame, 60}; }

api::FileInfo film(bool heard, int frames) {
    auto info = std::make_shared<api::FilmInfo>();
    info->duration = 6;
    info->rate = kRate;
    info->has_sound = heard;
    info->seconds = frames / kRate;
    for (int i = 0; i < frames; ++i) {
        info->times.push_back(i / kRate);
        info->frames.push_back(plain(80, 60, colourOf(i)));
        info->view.push_back(plain(48, 48, colourOf(i)));
    }
    api::FileInfo file;
    file.kind = api::Kind::video;
    file.format = "MP4";
    file.width = 80;
    file.height = 60;
    file.picture = info->frames.front();
    file.view = info->view.front();
    file.crop_x = 10;
    file.crop_width = file.crop_height = 60;
    api::InputPart image;
    image.name = heard ? "image" : "";
    image.kind = frames > 1 ? api::Kind::video : api::Kind::image;
    image.grid = {frames > 1 ? kBlocks : 1, kRows, kCols};
    image.step = frames > 1 ? kWindow / kBlocks : 0;
    if (heard) {
        api::InputPart audio;
        audio.name = "audio";
        audio.kind = api::Kind::audio;
        audio.grid = {1, 1, 40};
        audio.step = kWindow / 40;
        image.first = 40;
        file.parts.push_back(audio);
        auto sound = std::make_shared<api::SoundInfo>();
        sound->duration = 6;
        sound->seconds = kWindow;
        sound->rate = 8000;
        sound->samples.assign(std::size_t(kWindow * 8000), 0.1F);
        sound->spectrogram = quiet();
        file.sound = sound;
    }
    file.parts.push_back(image);
    file.film = info;
    return file;
}

}  // namespace perceiver::ui::test
