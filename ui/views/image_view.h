// A picture with its map. Draws (result, view state) and nothing else; tells which element the pointer is on.
#pragma once

#include "ui/views/picture_view.h"

namespace perceiver::ui {

class ImageView final : public PictureView {
    Q_OBJECT
  public:
    explicit ImageView(State&, QWidget* parent = nullptr);

  protected:
    Cells cells() const override;
    QImage picture() const override;
    QSizeF pictureSize() const override { return picture().size(); }
    QImage modelView() const override;
    QString elementWords(int element, int& strong) const override;
};

}  // namespace perceiver::ui
