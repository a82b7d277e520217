// Chooses a model of one's own: a file, or the folder that holds one.
#pragma once

#include <QFileDialog>

namespace perceiver::ui {

class ModelDialog final : public QFileDialog {
    Q_OBJECT
  public:
    ModelDialog(QWidget* parent, const QString& folder);

  protected:
    void accept() override;  ///< a folder with a model in it is the answer, any other is entered
};

}  // namespace perceiver::ui
